CREATE TABLE import_entries (
    scope TEXT NOT NULL,
    entry_key BLOB NOT NULL,
    import TEXT NOT NULL,
    kind INTEGER NOT NULL,
    account INTEGER,
    digest BLOB NOT NULL,
    previous TEXT,
    PRIMARY KEY (scope, entry_key)
) STRICT, WITHOUT ROWID;
