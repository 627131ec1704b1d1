CREATE TABLE second_factors (
    account BIGINT NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL,
    last_step BIGINT,
    created_at BIGINT NOT NULL
);
