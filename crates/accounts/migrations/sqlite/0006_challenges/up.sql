CREATE TABLE challenges (
    challenge_key BLOB NOT NULL PRIMARY KEY,
    dialect TEXT NOT NULL,
    purpose TEXT NOT NULL,
    answer TEXT NOT NULL,
    account INTEGER,
    tries_left INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    purge_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX challenges_by_purge_at ON challenges (purge_at);
CREATE INDEX challenges_by_account ON challenges (account);
