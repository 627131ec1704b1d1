CREATE TABLE recovery_codes (
    account INTEGER NOT NULL,
    code_digest BLOB NOT NULL,
    PRIMARY KEY (account, code_digest)
) STRICT, WITHOUT ROWID;
