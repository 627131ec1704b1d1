//! Numbers that many replicas share.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::schema::counters;

/// The highest account number given out.
pub(crate) const ACCOUNT_NUMBER: &str = "account_number";
/// How many live accounts there are.
pub(crate) const LIVE_ACCOUNTS: &str = "live_accounts";
/// Moved by every write that could take the last super administrator away, so that two such writes run one after the other.
pub(crate) const ROLE_CHANGES: &str = "role_changes";
/// The keys ever made to sign tokens; moved first, so that two rotations run one after the other.
pub(crate) const SIGNING_KEYS: &str = "signing_keys";
/// The seals ever put over the audit; moved first, so that two of them are made one after the other.
pub(crate) const AUDIT_SEALS: &str = "audit_seals";
/// The version that the keys of all addresses have at least.
pub(crate) const ADDRESS_KEYS: &str = "address_keys";
/// Present when a testing server made this database and may empty it.
pub(crate) const TESTING: &str = "testing";
/// Moved by every proof that a write can be committed.
pub(crate) const PROOFS: &str = "proofs";

/// Adds to a counter and gives its new value. Holds the row until the transaction ends.
pub(crate) fn add(connection: &mut Connection, name: &str, amount: i64) -> QueryResult<i64> {
    let moved = on!(connection, c => diesel::update(counters::table.find(name))
        .set(counters::value.eq(counters::value + amount))
        .execute(c))?;
    if moved == 0 {
        on!(connection, c => diesel::insert_into(counters::table)
            .values((counters::name.eq(name), counters::value.eq(amount)))
            .execute(c))?;
    }
    value(connection, name)
}

/// A counter's value; one that never moved is 0.
pub(crate) fn value(connection: &mut Connection, name: &str) -> QueryResult<i64> {
    let value =
        on!(connection, c => counters::table.find(name).select(counters::value).get_result::<i64>(c).optional())?;
    Ok(value.unwrap_or(0))
}

/// Takes the row of a counter away that is at 0, as before it first moved.
pub(crate) fn forget_zero(connection: &mut Connection, name: &str) -> QueryResult<()> {
    on!(connection, c => diesel::delete(counters::table.find(name)).filter(counters::value.eq(0)).execute(c))?;
    Ok(())
}

/// Lifts a counter to at least `floor`.
pub(crate) fn raise(connection: &mut Connection, name: &str, floor: i64) -> QueryResult<()> {
    let missing = floor - add(connection, name, 0)?;
    if missing > 0 {
        add(connection, name, missing)?;
    }
    Ok(())
}

/// Counters whose names begin so, in the order of their names.
pub(crate) fn beginning_with(connection: &mut Connection, beginning: &str) -> QueryResult<Vec<(String, i64)>> {
    let pattern = format!("{}%", beginning.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    let rows: Vec<(String, i64)> = on!(connection, c => counters::table
        .filter(counters::name.like(&pattern).escape('\\'))
        .order(counters::name.asc())
        .select((counters::name, counters::value))
        .load(c))?;
    Ok(rows)
}
