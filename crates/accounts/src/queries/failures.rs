//! Failures counted up to a limit, in the table of the throttle's counters; each failure lengthens the counter's life.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{
    clock::Timestamp,
    queries::throttles::{self, is_live},
    schema::throttles as counters,
};

/// The failures a living counter holds.
pub(crate) fn count(connection: &mut Connection, key: &[u8], now: Timestamp) -> QueryResult<i64> {
    let failures = on!(connection, c => counters::table
        .find(key)
        .filter(is_live!(now))
        .select(counters::failures)
        .first::<i64>(c)
        .optional())?;
    Ok(failures.unwrap_or(0))
}

/// Counts one more unless there are `limit`; gives whether it was counted. The update takes the row's lock, so that
/// failures at once are counted one after the other.
pub(crate) fn add_below(
    connection: &mut Connection,
    key: &[u8],
    limit: i64,
    now: Timestamp,
    until: Timestamp,
) -> QueryResult<bool> {
    let counted = on!(connection, c => diesel::update(counters::table.find(key))
        .filter(is_live!(now).and(counters::failures.lt(limit)))
        .set((
            counters::failures.eq(counters::failures + 1),
            counters::window_started_at.eq(now.millis()),
            counters::expires_at.eq(until.millis()),
        ))
        .execute(c))?;
    if counted == 1 || count(connection, key, now)? >= limit {
        return Ok(counted == 1);
    }
    throttles::clear_over(connection, key, now)?;
    on!(connection, c => diesel::insert_into(counters::table)
        .values((
            counters::throttle_key.eq(key),
            counters::failures.eq(1),
            counters::window_started_at.eq(now.millis()),
            counters::expires_at.eq(until.millis()),
        ))
        .execute(c))?;
    Ok(true)
}
