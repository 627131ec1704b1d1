CREATE TABLE imports (
    id TEXT NOT NULL PRIMARY KEY,
    dialect TEXT NOT NULL,
    scope TEXT NOT NULL,
    source TEXT NOT NULL,
    total INTEGER NOT NULL,
    position INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    counter_before INTEGER NOT NULL,
    counter_after INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT, WITHOUT ROWID;
