CREATE TABLE usage_callers (
    caller_key BLOB NOT NULL PRIMARY KEY,
    mount TEXT NOT NULL,
    route TEXT NOT NULL,
    client TEXT NOT NULL,
    account INTEGER,
    requests INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_callers_by_client ON usage_callers (client);
CREATE INDEX usage_callers_by_last_at ON usage_callers (last_at);
CREATE TABLE usage_days (
    caller_key BLOB NOT NULL,
    day INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (caller_key, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_days_by_day ON usage_days (day);
CREATE TABLE usage_totals (
    number INTEGER NOT NULL PRIMARY KEY,
    batches INTEGER NOT NULL,
    callers INTEGER NOT NULL,
    days INTEGER NOT NULL,
    clients INTEGER NOT NULL,
    began_at INTEGER NOT NULL
) STRICT;
