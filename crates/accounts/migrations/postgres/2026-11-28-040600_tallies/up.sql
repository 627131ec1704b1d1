CREATE TABLE tallies (
    span SMALLINT NOT NULL,
    begins_at BIGINT NOT NULL,
    measure VARCHAR(64) COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (span, begins_at, measure)
);
