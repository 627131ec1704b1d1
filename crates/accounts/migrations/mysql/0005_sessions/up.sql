CREATE TABLE IF NOT EXISTS sessions (
    token_digest BINARY(32) NOT NULL PRIMARY KEY,
    account BIGINT NULL,
    dialect VARCHAR(32) NOT NULL,
    scope VARCHAR(190) NOT NULL,
    purpose VARCHAR(32) NOT NULL,
    family BINARY(32) NOT NULL,
    created_at BIGINT NOT NULL,
    touched_at BIGINT NOT NULL,
    expires_at BIGINT NULL,
    purge_at BIGINT NULL,
    INDEX sessions_by_account_dialect (account, dialect),
    INDEX sessions_by_family (family),
    INDEX sessions_by_purge_at (purge_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
