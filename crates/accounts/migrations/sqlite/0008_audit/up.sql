CREATE TABLE audit (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    account INTEGER,
    actor INTEGER,
    action TEXT NOT NULL,
    dialect TEXT NOT NULL,
    network TEXT
) STRICT;
CREATE INDEX audit_by_account ON audit (account);
