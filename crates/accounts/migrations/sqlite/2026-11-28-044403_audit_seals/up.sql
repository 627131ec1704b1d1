CREATE TABLE audit_seals (
    number INTEGER NOT NULL PRIMARY KEY,
    sealed_at INTEGER NOT NULL,
    entries BLOB NOT NULL,
    digest BLOB NOT NULL,
    signature BLOB NOT NULL,
    pruned INTEGER NOT NULL
) STRICT;
