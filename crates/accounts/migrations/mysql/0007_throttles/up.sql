CREATE TABLE IF NOT EXISTS throttles (
    throttle_key BINARY(32) NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    window_started_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    INDEX throttles_by_expires_at (expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
