CREATE TABLE old_sessions (
    session BYTEA NOT NULL PRIMARY KEY,
    account BIGINT,
    sealed TEXT NOT NULL,
    kept_at BIGINT NOT NULL,
    purge_at BIGINT
);
CREATE INDEX old_sessions_by_account ON old_sessions (account);
