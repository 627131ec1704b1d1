CREATE TABLE signing_keys (
    id VARCHAR(64) COLLATE "C" NOT NULL PRIMARY KEY,
    purpose VARCHAR(64) COLLATE "C" NOT NULL,
    secret TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    accepted_until BIGINT
);
CREATE INDEX signing_keys_by_purpose ON signing_keys (purpose);
