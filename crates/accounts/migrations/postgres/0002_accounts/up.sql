CREATE TABLE accounts (
    number BIGINT NOT NULL PRIMARY KEY,
    uuid VARCHAR(64) COLLATE "C" NOT NULL,
    role SMALLINT NOT NULL,
    locked BOOLEAN NOT NULL,
    display_name TEXT,
    bio TEXT,
    email TEXT,
    created_at BIGINT,
    last_login_at BIGINT,
    stateless_not_before BIGINT,
    deleted_at BIGINT
);
CREATE INDEX accounts_by_role_number ON accounts (role, deleted_at, number);
CREATE INDEX accounts_by_deletion ON accounts (deleted_at, number);
