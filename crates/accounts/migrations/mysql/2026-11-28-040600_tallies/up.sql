CREATE TABLE IF NOT EXISTS tallies (
    span SMALLINT NOT NULL,
    begins_at BIGINT NOT NULL,
    measure VARCHAR(64) NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (span, begins_at, measure)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
