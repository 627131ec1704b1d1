CREATE TABLE IF NOT EXISTS audit (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at BIGINT NOT NULL,
    account BIGINT NULL,
    actor BIGINT NULL,
    action VARCHAR(64) NOT NULL,
    dialect VARCHAR(32) NOT NULL,
    network VARCHAR(64) NULL,
    INDEX audit_by_account (account)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
