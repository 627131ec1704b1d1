CREATE TABLE credentials (
    account INTEGER NOT NULL,
    view_name TEXT NOT NULL,
    verifier TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (account, view_name)
) STRICT, WITHOUT ROWID;
