CREATE TABLE IF NOT EXISTS facets (
    account BIGINT NOT NULL,
    name VARCHAR(64) NOT NULL,
    body MEDIUMTEXT NOT NULL,
    PRIMARY KEY (account, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
