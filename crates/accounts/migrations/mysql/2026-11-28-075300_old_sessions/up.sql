CREATE TABLE IF NOT EXISTS old_sessions (
    session BINARY(32) NOT NULL PRIMARY KEY,
    account BIGINT NULL,
    sealed MEDIUMTEXT NOT NULL,
    kept_at BIGINT NOT NULL,
    purge_at BIGINT NULL,
    INDEX old_sessions_by_account (account)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
