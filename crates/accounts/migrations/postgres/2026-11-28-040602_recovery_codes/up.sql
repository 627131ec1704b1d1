CREATE TABLE recovery_codes (
    account BIGINT NOT NULL,
    code_digest BYTEA NOT NULL,
    PRIMARY KEY (account, code_digest)
);
