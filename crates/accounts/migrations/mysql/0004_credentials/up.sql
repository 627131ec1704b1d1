CREATE TABLE IF NOT EXISTS credentials (
    account BIGINT NOT NULL,
    view_name VARCHAR(32) NOT NULL,
    verifier MEDIUMTEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (account, view_name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
