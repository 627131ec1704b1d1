CREATE TABLE import_entries (
    scope VARCHAR(190) COLLATE "C" NOT NULL,
    entry_key BYTEA NOT NULL,
    import VARCHAR(64) COLLATE "C" NOT NULL,
    kind SMALLINT NOT NULL,
    account BIGINT,
    digest BYTEA NOT NULL,
    previous TEXT,
    PRIMARY KEY (scope, entry_key)
);
