CREATE TABLE IF NOT EXISTS catalogue (
    scope VARCHAR(190) NOT NULL,
    number BIGINT NOT NULL,
    body MEDIUMTEXT NOT NULL,
    PRIMARY KEY (scope, number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
