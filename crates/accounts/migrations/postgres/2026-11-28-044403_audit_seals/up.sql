CREATE TABLE audit_seals (
    number BIGINT NOT NULL PRIMARY KEY,
    sealed_at BIGINT NOT NULL,
    entries BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    pruned BOOLEAN NOT NULL
);
