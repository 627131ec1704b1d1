CREATE TABLE IF NOT EXISTS imports (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    dialect VARCHAR(32) NOT NULL,
    scope VARCHAR(190) NOT NULL,
    source MEDIUMTEXT NOT NULL,
    total BIGINT NOT NULL,
    position BIGINT NOT NULL,
    phase SMALLINT NOT NULL,
    counter_before BIGINT NOT NULL,
    counter_after BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
