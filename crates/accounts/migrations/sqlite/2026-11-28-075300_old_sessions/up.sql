CREATE TABLE old_sessions (
    session BLOB NOT NULL PRIMARY KEY,
    account INTEGER,
    sealed TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    purge_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX old_sessions_by_account ON old_sessions (account);
