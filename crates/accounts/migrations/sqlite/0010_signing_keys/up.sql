CREATE TABLE signing_keys (
    id TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    secret TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    accepted_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX signing_keys_by_purpose ON signing_keys (purpose);
