//! Many rows at once, for imports: what is free is asked for once a batch, and each table is written once a batch.

use std::collections::HashSet;

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{
    Account, AccountNumber,
    clock::Timestamp,
    identity::{IdentityKeys, search_key},
    queries::{credentials::StoredCredential, identities::NewIdentity, import_entries::EntryRow},
    schema::{accounts, credentials, facets, identities, import_entries},
};

/// Keys of one query.
const KEYS: usize = 1_000;
/// Rows of one statement: the widest row binds ten values, and PostgreSQL takes 65,535.
const ROWS: usize = 1_000;

/// Inserts rows: in statements of many on the servers; one by one on SQLite, where diesel would open a transaction of its
/// own for many, and where a statement costs no round trip.
macro_rules! insert_many {
    ($connection:expr, $table:expr, $rows:expr) => {{
        let rows = $rows;
        match $connection {
            Connection::Sqlite(c) => {
                for row in &rows {
                    diesel::insert_into($table).values(row).execute(c)?;
                }
            }
            Connection::Postgres(c) => {
                for rows in rows.chunks(ROWS) {
                    diesel::insert_into($table).values(rows).execute(c)?;
                }
            }
            Connection::Mysql(c) => {
                for rows in rows.chunks(ROWS) {
                    diesel::insert_into($table).values(rows).execute(c)?;
                }
            }
        }
        Ok(())
    }};
}

/// Which of these exact and folded keys identities hold.
pub(crate) fn held_keys(
    connection: &mut Connection,
    exact: &[Vec<u8>],
    folded: &[Vec<u8>],
) -> QueryResult<HashSet<Vec<u8>>> {
    let mut held = HashSet::new();
    for keys in exact.chunks(KEYS) {
        let found: Vec<Vec<u8>> = on!(connection, c => identities::table
            .filter(identities::exact_key.eq_any(keys))
            .select(identities::exact_key)
            .load(c))?;
        held.extend(found);
    }
    for keys in folded.chunks(KEYS) {
        let found: Vec<Option<Vec<u8>>> = on!(connection, c => identities::table
            .filter(identities::folded_key.eq_any(keys))
            .select(identities::folded_key)
            .load(c))?;
        held.extend(found.into_iter().flatten());
    }
    Ok(held)
}

/// Who holds these exact or folded keys, by key.
pub(crate) fn holders(
    connection: &mut Connection,
    exact: &[Vec<u8>],
    folded: &[Vec<u8>],
) -> QueryResult<Vec<(Vec<u8>, i64)>> {
    let mut holders = Vec::new();
    for keys in exact.chunks(KEYS) {
        holders.extend(on!(connection, c => identities::table
            .filter(identities::exact_key.eq_any(keys))
            .select((identities::exact_key, identities::account))
            .load::<(Vec<u8>, i64)>(c))?);
    }
    for keys in folded.chunks(KEYS) {
        let found = on!(connection, c => identities::table
            .filter(identities::folded_key.eq_any(keys))
            .select((identities::folded_key, identities::account))
            .load::<(Option<Vec<u8>>, i64)>(c))?;
        holders.extend(found.into_iter().filter_map(|(key, account)| Some((key?, account))));
    }
    Ok(holders)
}

/// Which of these numbers were ever given out.
pub(crate) fn known_numbers(connection: &mut Connection, numbers: &[i64]) -> QueryResult<HashSet<i64>> {
    let mut known = HashSet::new();
    for numbers in numbers.chunks(KEYS) {
        let found: Vec<i64> = on!(connection, c => accounts::table
            .filter(accounts::number.eq_any(numbers))
            .select(accounts::number)
            .load(c))?;
        known.extend(found);
    }
    Ok(known)
}

#[derive(Insertable)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
struct AccountInsert<'a> {
    number: i64,
    uuid: &'a str,
    role: i16,
    locked: bool,
    display_name: Option<&'a str>,
    bio: Option<&'a str>,
    email: Option<&'a str>,
    created_at: Option<i64>,
    stateless_not_before: Option<i64>,
}

/// Inserts live accounts.
pub(crate) fn insert_accounts(connection: &mut Connection, new: &[Account]) -> QueryResult<()> {
    let rows: Vec<AccountInsert<'_>> = new
        .iter()
        .map(|account| AccountInsert {
            number: account.number.0,
            uuid: &account.uuid,
            role: account.role.to_stored(),
            locked: account.locked,
            display_name: account.display_name.as_deref(),
            bio: account.bio.as_deref(),
            email: account.email.as_deref(),
            created_at: account.created_at.map(Timestamp::millis),
            stateless_not_before: account.tokens_not_before,
        })
        .collect();
    insert_many!(connection, accounts::table, rows)
}

#[derive(Insertable)]
#[diesel(table_name = identities, treat_none_as_default_value = false)]
struct IdentityInsert<'a> {
    exact_key: Vec<u8>,
    folded_key: Option<Vec<u8>>,
    folded_group: Vec<u8>,
    fold_version: i16,
    account: i64,
    kind: i16,
    scope: &'a str,
    value: &'a str,
    verified: bool,
    search_key: Vec<u8>,
}

/// Inserts identities whose keys are all free.
pub(crate) fn insert_identities(
    connection: &mut Connection,
    new: Vec<(NewIdentity<'_>, IdentityKeys)>,
) -> QueryResult<()> {
    let rows: Vec<IdentityInsert<'_>> = new
        .into_iter()
        .map(|(new, keys)| IdentityInsert {
            exact_key: keys.exact,
            folded_key: Some(keys.folded),
            folded_group: keys.group,
            fold_version: new.kind.version(),
            account: new.account.0,
            kind: new.kind.to_stored(),
            scope: new.scope,
            value: new.value,
            verified: new.verified,
            search_key: search_key(new.value),
        })
        .collect();
    insert_many!(connection, identities::table, rows)
}

#[derive(Insertable)]
#[diesel(table_name = credentials)]
struct CredentialInsert<'a> {
    account: i64,
    view_name: &'a str,
    verifier: &'a str,
    changed_at: i64,
}

pub(crate) fn insert_credentials(
    connection: &mut Connection,
    new: &[(AccountNumber, &[StoredCredential])],
    at: Timestamp,
) -> QueryResult<()> {
    let rows: Vec<CredentialInsert<'_>> = new
        .iter()
        .flat_map(|(account, views)| views.iter().map(|(view, verifier)| (account.0, view, verifier)))
        .map(|(account, view, verifier)| CredentialInsert {
            account,
            view_name: view,
            verifier,
            changed_at: at.millis(),
        })
        .collect();
    insert_many!(connection, credentials::table, rows)
}

#[derive(Insertable)]
#[diesel(table_name = facets)]
struct FacetInsert<'a> {
    account: i64,
    name: &'a str,
    body: &'a str,
}

pub(crate) fn insert_facets(connection: &mut Connection, new: &[(AccountNumber, &str, &str)]) -> QueryResult<()> {
    let rows: Vec<FacetInsert<'_>> =
        new.iter().map(|(account, name, body)| FacetInsert { account: account.0, name, body }).collect();
    insert_many!(connection, facets::table, rows)
}

pub(crate) fn insert_entries(connection: &mut Connection, rows: Vec<EntryRow>) -> QueryResult<()> {
    insert_many!(connection, import_entries::table, rows)
}
