CREATE TABLE IF NOT EXISTS accounts (
    number BIGINT NOT NULL PRIMARY KEY,
    uuid VARCHAR(64) NOT NULL,
    role SMALLINT NOT NULL,
    locked BOOLEAN NOT NULL,
    display_name MEDIUMTEXT NULL,
    bio MEDIUMTEXT NULL,
    email MEDIUMTEXT NULL,
    created_at BIGINT NULL,
    last_login_at BIGINT NULL,
    stateless_not_before BIGINT NULL,
    deleted_at BIGINT NULL,
    INDEX accounts_by_role_number (role, deleted_at, number),
    INDEX accounts_by_deletion (deleted_at, number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
