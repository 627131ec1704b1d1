CREATE TABLE shadow_verdicts (
    verdict_key BYTEA NOT NULL PRIMARY KEY,
    mount VARCHAR(190) COLLATE "C" NOT NULL,
    route VARCHAR(190) COLLATE "C" NOT NULL,
    verdict VARCHAR(32) COLLATE "C" NOT NULL,
    requests BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
CREATE TABLE shadow_samples (
    sample_key BYTEA NOT NULL PRIMARY KEY,
    mount VARCHAR(190) COLLATE "C" NOT NULL,
    route VARCHAR(190) COLLATE "C" NOT NULL,
    place TEXT NOT NULL,
    old TEXT NOT NULL,
    ours TEXT NOT NULL,
    requests BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
