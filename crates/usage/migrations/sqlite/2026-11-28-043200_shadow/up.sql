CREATE TABLE shadow_verdicts (
    verdict_key BLOB NOT NULL PRIMARY KEY,
    mount TEXT NOT NULL,
    route TEXT NOT NULL,
    verdict TEXT NOT NULL,
    requests INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE shadow_samples (
    sample_key BLOB NOT NULL PRIMARY KEY,
    mount TEXT NOT NULL,
    route TEXT NOT NULL,
    place TEXT NOT NULL,
    old TEXT NOT NULL,
    ours TEXT NOT NULL,
    requests INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
