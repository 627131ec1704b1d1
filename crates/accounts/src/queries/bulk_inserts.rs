//! Many rows at once, for imports: each table is written once a batch.

use diesel::QueryResult;
use dragoman_store::rows::{Row, Table};
use dragoman_store::{Connection, insert_rows};

use crate::{
    Account, AccountNumber,
    clock::Timestamp,
    identity::{IdentityKeys, search_key},
    queries::{credentials::StoredCredential, identities::NewIdentity, import_entries::EntryRow, sessions::SessionRow},
    schema::{accounts, credentials, facets, identities, import_entries, sessions},
};

/// Inserts live accounts.
pub(crate) fn insert_accounts(connection: &mut Connection, new: &[Account]) -> QueryResult<()> {
    let row = |account: &Account| -> Row {
        vec![
            account.number.0.into(),
            account.uuid.as_str().into(),
            account.role.to_stored().into(),
            account.locked.into(),
            account.display_name.as_deref().into(),
            account.bio.as_deref().into(),
            account.email.as_deref().into(),
            account.created_at.map(Timestamp::millis).into(),
            // It has not logged in.
            None::<i64>.into(),
            account.tokens_not_before.into(),
            // It lives.
            None::<i64>.into(),
        ]
    };
    insert_rows(connection, &Table::of::<accounts::table>("accounts"), &new.iter().map(row).collect::<Vec<_>>())
}

/// Inserts identities whose keys are all free.
pub(crate) fn insert_identities(
    connection: &mut Connection,
    mut new: Vec<(NewIdentity<'_>, &IdentityKeys)>,
) -> QueryResult<()> {
    // Their keys are digests: in this order each page of the primary key is gone to once.
    new.sort_unstable_by(|(_, one), (_, other)| one.exact.cmp(&other.exact));
    let row = |(new, keys): (NewIdentity<'_>, &IdentityKeys)| -> Row {
        vec![
            keys.exact.clone().into(),
            keys.folded.clone().into(),
            keys.group.clone().into(),
            new.kind.version().into(),
            new.account.0.into(),
            new.kind.to_stored().into(),
            new.scope.into(),
            new.value.into(),
            new.verified.into(),
            search_key(new.value).into(),
        ]
    };
    let rows: Vec<Row> = new.into_iter().map(row).collect();
    insert_rows(connection, &Table::of::<identities::table>("identities"), &rows)
}

pub(crate) fn insert_credentials(
    connection: &mut Connection,
    new: &[(AccountNumber, &[StoredCredential])],
    at: Timestamp,
) -> QueryResult<()> {
    let views = new.iter().flat_map(|(account, views)| views.iter().map(|view| (account.0, view)));
    let row = |(account, (view, verifier)): (i64, &StoredCredential)| -> Row {
        vec![account.into(), view.as_str().into(), verifier.as_str().into(), at.millis().into()]
    };
    let rows: Vec<Row> = views.map(row).collect();
    insert_rows(connection, &Table::of::<credentials::table>("credentials"), &rows)
}

pub(crate) fn insert_facets(connection: &mut Connection, new: &[(AccountNumber, &str, &str)]) -> QueryResult<()> {
    let rows: Vec<Row> =
        new.iter().map(|(account, name, body)| vec![account.0.into(), (*name).into(), (*body).into()]).collect();
    insert_rows(connection, &Table::of::<facets::table>("facets"), &rows)
}

pub(crate) fn insert_sessions(connection: &mut Connection, new: Vec<SessionRow>) -> QueryResult<()> {
    let row = |session: SessionRow| -> Row {
        vec![
            session.token_digest.into(),
            session.account.into(),
            session.dialect.into(),
            session.scope.into(),
            session.purpose.into(),
            session.family.into(),
            session.created_at.into(),
            session.touched_at.into(),
            session.expires_at.into(),
            session.purge_at.into(),
        ]
    };
    let rows: Vec<Row> = new.into_iter().map(row).collect();
    insert_rows(connection, &Table::of::<sessions::table>("sessions"), &rows)
}

pub(crate) fn insert_entries(connection: &mut Connection, new: Vec<EntryRow>) -> QueryResult<()> {
    let row = |entry: EntryRow| -> Row {
        vec![
            entry.scope.into(),
            entry.entry_key.into(),
            entry.import.into(),
            entry.kind.into(),
            entry.account.into(),
            entry.digest.into(),
            entry.previous.into(),
        ]
    };
    let rows: Vec<Row> = new.into_iter().map(row).collect();
    insert_rows(connection, &Table::of::<import_entries::table>("import_entries"), &rows)
}
