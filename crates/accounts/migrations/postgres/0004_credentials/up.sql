CREATE TABLE credentials (
    account BIGINT NOT NULL,
    view_name VARCHAR(32) COLLATE "C" NOT NULL,
    verifier TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (account, view_name)
);
