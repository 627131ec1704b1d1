CREATE TABLE facets (
    account BIGINT NOT NULL,
    name VARCHAR(64) COLLATE "C" NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, name)
);
