CREATE TABLE IF NOT EXISTS identities (
    exact_key BINARY(32) NOT NULL PRIMARY KEY,
    folded_key BINARY(32) NULL UNIQUE,
    folded_group BINARY(32) NOT NULL,
    fold_version SMALLINT NOT NULL,
    account BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    scope VARCHAR(190) NOT NULL,
    value MEDIUMTEXT NOT NULL,
    verified BOOLEAN NOT NULL,
    INDEX identities_by_folded_group (folded_group, kind, scope),
    INDEX identities_by_account_kind_scope (account, kind, scope),
    INDEX identities_by_kind_scope (kind, scope)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
