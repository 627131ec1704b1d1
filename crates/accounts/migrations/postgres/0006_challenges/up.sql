CREATE TABLE challenges (
    challenge_key BYTEA NOT NULL PRIMARY KEY,
    dialect VARCHAR(32) COLLATE "C" NOT NULL,
    purpose VARCHAR(32) COLLATE "C" NOT NULL,
    answer TEXT NOT NULL,
    account BIGINT,
    tries_left INTEGER NOT NULL,
    spent BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    purge_at BIGINT NOT NULL
);
CREATE INDEX challenges_by_purge_at ON challenges (purge_at);
CREATE INDEX challenges_by_account ON challenges (account);
