CREATE TABLE sessions (
    token_digest BLOB NOT NULL PRIMARY KEY,
    account INTEGER,
    dialect TEXT NOT NULL,
    scope TEXT NOT NULL,
    purpose TEXT NOT NULL,
    family BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    touched_at INTEGER NOT NULL,
    expires_at INTEGER,
    purge_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_account_dialect ON sessions (account, dialect);
CREATE INDEX sessions_by_family ON sessions (family);
CREATE INDEX sessions_by_purge_at ON sessions (purge_at);
