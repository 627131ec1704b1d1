CREATE TABLE IF NOT EXISTS import_entries (
    scope VARCHAR(190) NOT NULL,
    entry_key VARBINARY(80) NOT NULL,
    import VARCHAR(64) NOT NULL,
    kind SMALLINT NOT NULL,
    account BIGINT NULL,
    digest VARBINARY(32) NOT NULL,
    previous MEDIUMTEXT NULL,
    PRIMARY KEY (scope, entry_key)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
