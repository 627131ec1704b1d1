//! What an import did with each thing its source has: the map from old ids to accounts, and what undoes it.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{AccountNumber, identity::digest_of, schema::import_entries};

/// One entry as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = import_entries, treat_none_as_default_value = false)]
pub(crate) struct EntryRow {
    pub scope: String,
    pub entry_key: Vec<u8>,
    pub import: String,
    pub kind: i16,
    pub account: Option<i64>,
    /// Of the account as the import left it; what differs later was changed since.
    pub digest: Vec<u8>,
    /// What a merge found, or which file it was.
    pub previous: Option<String>,
}

/// What an entry records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Created,
    Buried,
    Merged,
    /// An account that was here before shows another number in the scope.
    Aside,
    /// A file in the picture store.
    Picture,
}

impl EntryKind {
    pub fn to_stored(self) -> i16 {
        match self {
            Self::Created => 0,
            Self::Buried => 1,
            Self::Merged => 2,
            Self::Aside => 3,
            Self::Picture => 4,
        }
    }

    pub fn from_stored(stored: i16) -> Option<Self> {
        [Self::Created, Self::Buried, Self::Merged, Self::Aside, Self::Picture]
            .into_iter()
            .find(|kind| kind.to_stored() == stored)
    }
}

/// Longest key that stands for itself.
const KEY_BYTES: usize = 64;

/// The key of a thing of the source. Its length goes first, so that growing numbers are growing keys and the table grows
/// at its end.
pub(crate) fn key_of(marker: &str, text: &str) -> Vec<u8> {
    let name = format!("{marker}{text}");
    let bytes = name.as_bytes();
    match u8::try_from(bytes.len()) {
        Ok(length) if bytes.len() <= KEY_BYTES => [&[length], bytes].concat(),
        _ => [&[u8::MAX][..], &digest_of(&[bytes])].concat(),
    }
}

pub(crate) fn find_many(connection: &mut Connection, scope: &str, keys: &[Vec<u8>]) -> QueryResult<Vec<EntryRow>> {
    on!(connection, c => import_entries::table
        .filter(import_entries::scope.eq(scope))
        .filter(import_entries::entry_key.eq_any(keys))
        .select(EntryRow::as_select())
        .load(c))
}

/// The entries of one import after a key, in the order of their keys, at most `limit`.
pub(crate) fn page(
    connection: &mut Connection,
    scope: &str,
    import: &str,
    after: &[u8],
    limit: i64,
) -> QueryResult<Vec<EntryRow>> {
    on!(connection, c => import_entries::table
        .filter(import_entries::scope.eq(scope))
        .filter(import_entries::import.eq(import))
        .filter(import_entries::entry_key.gt(after))
        .order(import_entries::entry_key.asc())
        .limit(limit)
        .select(EntryRow::as_select())
        .load(c))
}

/// What imports did with an account: their ids and the kinds of their entries.
pub(crate) fn of_account(connection: &mut Connection, account: AccountNumber) -> QueryResult<Vec<(String, i16)>> {
    on!(connection, c => import_entries::table
        .filter(import_entries::account.eq(account.0))
        .select((import_entries::import, import_entries::kind))
        .load(c))
}

/// How many entries an import has of each kind.
pub(crate) fn count_by_kind(connection: &mut Connection, scope: &str, import: &str) -> QueryResult<Vec<(i16, i64)>> {
    on!(connection, c => import_entries::table
        .filter(import_entries::scope.eq(scope))
        .filter(import_entries::import.eq(import))
        .group_by(import_entries::kind)
        .select((import_entries::kind, diesel::dsl::count_star()))
        .load(c))
}

pub(crate) fn delete(connection: &mut Connection, scope: &str, key: &[u8]) -> QueryResult<()> {
    on!(connection, c => diesel::delete(import_entries::table.find((scope, key))).execute(c))?;
    Ok(())
}
