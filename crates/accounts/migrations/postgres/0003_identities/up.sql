CREATE TABLE identities (
    exact_key BYTEA NOT NULL PRIMARY KEY,
    folded_key BYTEA UNIQUE,
    folded_group BYTEA NOT NULL,
    fold_version SMALLINT NOT NULL,
    account BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    scope VARCHAR(190) COLLATE "C" NOT NULL,
    value TEXT NOT NULL,
    verified BOOLEAN NOT NULL
);
CREATE INDEX identities_by_folded_group ON identities (folded_group, kind, scope);
CREATE INDEX identities_by_account_kind_scope ON identities (account, kind, scope);
CREATE INDEX identities_by_kind_scope ON identities (kind, scope);
