CREATE TABLE tallies (
    span INTEGER NOT NULL,
    begins_at INTEGER NOT NULL,
    measure TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (span, begins_at, measure)
) STRICT, WITHOUT ROWID;
