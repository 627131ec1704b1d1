CREATE TABLE tallies (
    span SMALLINT NOT NULL,
    begins_at BIGINT NOT NULL,
    measure VARCHAR(64) COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (span, begins_at, measure)
);
CREATE TABLE second_factors (
    account BIGINT NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL,
    last_step BIGINT,
    created_at BIGINT NOT NULL
);
CREATE TABLE recovery_codes (
    account BIGINT NOT NULL,
    code_digest BYTEA NOT NULL,
    PRIMARY KEY (account, code_digest)
);
