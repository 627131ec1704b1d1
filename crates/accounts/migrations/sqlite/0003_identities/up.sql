CREATE TABLE identities (
    exact_key BLOB NOT NULL PRIMARY KEY,
    folded_key BLOB UNIQUE,
    folded_group BLOB NOT NULL,
    fold_version INTEGER NOT NULL,
    account INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    scope TEXT NOT NULL,
    value TEXT NOT NULL,
    verified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_by_folded_group ON identities (folded_group, kind, scope);
CREATE INDEX identities_by_account_kind_scope ON identities (account, kind, scope);
CREATE INDEX identities_by_kind_scope ON identities (kind, scope);
