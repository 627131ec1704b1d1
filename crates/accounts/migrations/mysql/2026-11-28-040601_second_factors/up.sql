CREATE TABLE IF NOT EXISTS second_factors (
    account BIGINT NOT NULL PRIMARY KEY,
    secret MEDIUMTEXT NOT NULL,
    last_step BIGINT NULL,
    created_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
