CREATE TABLE second_factors (
    account INTEGER NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL,
    last_step INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
