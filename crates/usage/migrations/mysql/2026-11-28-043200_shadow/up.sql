CREATE TABLE IF NOT EXISTS shadow_verdicts (
    verdict_key BINARY(32) NOT NULL PRIMARY KEY,
    mount VARCHAR(190) NOT NULL,
    route VARCHAR(190) NOT NULL,
    verdict VARCHAR(32) NOT NULL,
    requests BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS shadow_samples (
    sample_key BINARY(32) NOT NULL PRIMARY KEY,
    mount VARCHAR(190) NOT NULL,
    route VARCHAR(190) NOT NULL,
    place TEXT NOT NULL,
    old TEXT NOT NULL,
    ours TEXT NOT NULL,
    requests BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
