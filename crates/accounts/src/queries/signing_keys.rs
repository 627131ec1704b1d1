//! Keys that sign stateless tokens, one current key a purpose and its predecessors while they are still accepted.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{clock::Timestamp, schema::signing_keys};

/// A key as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys)]
pub(crate) struct SigningKeyRow {
    pub id: String,
    pub purpose: String,
    pub secret: String,
    pub created_at: i64,
    pub accepted_until: Option<i64>,
}

/// The keys of a purpose, the current one (accepted without end) first.
pub(crate) fn of_purpose(connection: &mut Connection, purpose: &str) -> QueryResult<Vec<SigningKeyRow>> {
    let mut keys: Vec<SigningKeyRow> = on!(connection, c => signing_keys::table
        .filter(signing_keys::purpose.eq(purpose))
        .order((signing_keys::created_at.desc(), signing_keys::id.desc()))
        .select(SigningKeyRow::as_select())
        .load(c))?;
    keys.sort_by_key(|key| key.accepted_until.is_some());
    Ok(keys)
}

pub(crate) fn insert(connection: &mut Connection, key: &SigningKeyRow) -> QueryResult<()> {
    on!(connection, c => diesel::insert_into(signing_keys::table).values(key).execute(c))?;
    Ok(())
}

/// Accepts the keys that are current now only until `until`.
pub(crate) fn retire_current(connection: &mut Connection, purpose: &str, until: Timestamp) -> QueryResult<()> {
    on!(connection, c => diesel::update(signing_keys::table)
        .filter(signing_keys::purpose.eq(purpose))
        .filter(signing_keys::accepted_until.is_null())
        .set(signing_keys::accepted_until.eq(until.millis()))
        .execute(c))?;
    Ok(())
}

/// Deletes keys that are accepted no more.
pub(crate) fn purge(connection: &mut Connection, now: Timestamp) -> QueryResult<usize> {
    on!(connection, c => diesel::delete(signing_keys::table.filter(signing_keys::accepted_until.le(now.millis()))).execute(c))
}
