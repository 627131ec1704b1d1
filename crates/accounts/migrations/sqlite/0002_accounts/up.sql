CREATE TABLE accounts (
    number INTEGER NOT NULL PRIMARY KEY,
    uuid TEXT NOT NULL,
    role INTEGER NOT NULL,
    locked INTEGER NOT NULL,
    display_name TEXT,
    bio TEXT,
    email TEXT,
    created_at INTEGER,
    last_login_at INTEGER,
    stateless_not_before INTEGER,
    deleted_at INTEGER
) STRICT;
CREATE INDEX accounts_by_role_number ON accounts (role, deleted_at, number);
CREATE INDEX accounts_by_deletion ON accounts (deleted_at, number);
