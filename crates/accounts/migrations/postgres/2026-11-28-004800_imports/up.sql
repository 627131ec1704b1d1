CREATE TABLE imports (
    id VARCHAR(64) COLLATE "C" NOT NULL PRIMARY KEY,
    dialect VARCHAR(32) COLLATE "C" NOT NULL,
    scope VARCHAR(190) COLLATE "C" NOT NULL,
    source TEXT NOT NULL,
    total BIGINT NOT NULL,
    position BIGINT NOT NULL,
    phase SMALLINT NOT NULL,
    counter_before BIGINT NOT NULL,
    counter_after BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT
);
