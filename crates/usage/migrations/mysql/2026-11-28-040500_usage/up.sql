CREATE TABLE IF NOT EXISTS usage_callers (
    caller_key BINARY(32) NOT NULL PRIMARY KEY,
    mount VARCHAR(190) NOT NULL,
    route VARCHAR(190) NOT NULL,
    client VARCHAR(64) NOT NULL,
    account BIGINT NULL,
    requests BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    INDEX usage_callers_by_client (client),
    INDEX usage_callers_by_last_at (last_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS usage_days (
    caller_key BINARY(32) NOT NULL,
    day BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    PRIMARY KEY (caller_key, day),
    INDEX usage_days_by_day (day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS usage_totals (
    number BIGINT NOT NULL PRIMARY KEY,
    batches BIGINT NOT NULL,
    callers BIGINT NOT NULL,
    days BIGINT NOT NULL,
    clients BIGINT NOT NULL,
    began_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
