CREATE TABLE IF NOT EXISTS recovery_codes (
    account BIGINT NOT NULL,
    code_digest BINARY(32) NOT NULL,
    PRIMARY KEY (account, code_digest)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
