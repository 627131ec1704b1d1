CREATE TABLE IF NOT EXISTS signing_keys (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    purpose VARCHAR(64) NOT NULL,
    secret MEDIUMTEXT NOT NULL,
    created_at BIGINT NOT NULL,
    accepted_until BIGINT NULL,
    INDEX signing_keys_by_purpose (purpose)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
