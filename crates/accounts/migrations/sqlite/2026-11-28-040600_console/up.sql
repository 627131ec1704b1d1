CREATE TABLE tallies (
    span INTEGER NOT NULL,
    begins_at INTEGER NOT NULL,
    measure TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (span, begins_at, measure)
) STRICT, WITHOUT ROWID;
CREATE TABLE second_factors (
    account INTEGER NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL,
    last_step INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE recovery_codes (
    account INTEGER NOT NULL,
    code_digest BLOB NOT NULL,
    PRIMARY KEY (account, code_digest)
) STRICT, WITHOUT ROWID;
