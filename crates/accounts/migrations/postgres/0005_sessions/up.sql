CREATE TABLE sessions (
    token_digest BYTEA NOT NULL PRIMARY KEY,
    account BIGINT,
    dialect VARCHAR(32) COLLATE "C" NOT NULL,
    scope VARCHAR(190) COLLATE "C" NOT NULL,
    purpose VARCHAR(32) COLLATE "C" NOT NULL,
    family BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    touched_at BIGINT NOT NULL,
    expires_at BIGINT,
    purge_at BIGINT
);
CREATE INDEX sessions_by_account_dialect ON sessions (account, dialect);
CREATE INDEX sessions_by_family ON sessions (family);
CREATE INDEX sessions_by_purge_at ON sessions (purge_at);
