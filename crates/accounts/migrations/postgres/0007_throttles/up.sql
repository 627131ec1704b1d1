CREATE TABLE throttles (
    throttle_key BYTEA NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    window_started_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX throttles_by_expires_at ON throttles (expires_at);
