CREATE TABLE IF NOT EXISTS tallies (
    span SMALLINT NOT NULL,
    begins_at BIGINT NOT NULL,
    measure VARCHAR(64) NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (span, begins_at, measure)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS second_factors (
    account BIGINT NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL,
    last_step BIGINT NULL,
    created_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS recovery_codes (
    account BIGINT NOT NULL,
    code_digest BINARY(32) NOT NULL,
    PRIMARY KEY (account, code_digest)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
