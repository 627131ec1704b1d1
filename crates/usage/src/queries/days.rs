//! One row a caller and day.

use diesel::dsl::min;
use diesel::prelude::*;
use dragoman_store::{Connection, on};

use super::callers::Key;
use crate::schema::usage_days::{self, dsl};

/// Adds to the row of a key and day; `false`: there is none.
pub(crate) fn add(connection: &mut Connection, key: &Key, day: i64, requests: i64) -> QueryResult<bool> {
    let added = on!(connection, c => diesel::update(usage_days::table.find((key, day)))
        .set(dsl::requests.eq(dsl::requests + requests))
        .execute(c))?;
    Ok(added > 0)
}

pub(crate) fn insert(connection: &mut Connection, key: &Key, day: i64, requests: i64) -> QueryResult<()> {
    let row = (dsl::caller_key.eq(key), dsl::day.eq(day), dsl::requests.eq(requests));
    on!(connection, c => diesel::insert_into(usage_days::table).values(row).execute(c))?;
    Ok(())
}

/// Deletes at most `limit` rows of the oldest day, if it is before `day`; gives how many.
pub(crate) fn purge(connection: &mut Connection, day: i64, limit: i64) -> QueryResult<usize> {
    let oldest = on!(connection, c => usage_days::table.select(min(dsl::day)).get_result::<Option<i64>>(c))?;
    let Some(oldest) = oldest.filter(|oldest| *oldest < day) else { return Ok(0) };
    let dead = on!(connection, c => usage_days::table
        .filter(dsl::day.eq(oldest))
        .select(dsl::caller_key)
        .limit(limit)
        .load::<Key>(c))?;
    on!(connection, c => diesel::delete(usage_days::table)
        .filter(dsl::day.eq(oldest).and(dsl::caller_key.eq_any(&dead)))
        .execute(c))
}

/// The days of some callers since one: (caller, day, requests).
pub(crate) fn of(connection: &mut Connection, keys: &[Key], since: i64) -> QueryResult<Vec<(Key, i64, i64)>> {
    on!(connection, c => usage_days::table
        .filter(dsl::caller_key.eq_any(keys).and(dsl::day.ge(since)))
        .load(c))
}
