//! Failure counters over windows of time, shared by all replicas.

use diesel::{dsl::not, prelude::*};
use dragoman_store::{Connection, on};

use crate::{clock::Timestamp, schema::throttles};

/// Whether a counter's window is neither over nor dated by a clock that has been set back since.
macro_rules! is_live {
    ($now:expr) => {
        $crate::schema::throttles::expires_at
            .gt($now.millis())
            .and($crate::schema::throttles::window_started_at.le($now.latest_present().millis()))
    };
}
pub(crate) use is_live;

/// Adds to the counter of a key, starting a new window when the old one is over; gives the failures in the window. The
/// update takes the row's lock, so that attempts at once are counted one after the other.
pub(crate) fn add(
    connection: &mut Connection,
    key: &[u8],
    amount: i64,
    now: Timestamp,
    window_ends: Timestamp,
) -> QueryResult<i64> {
    let counted = on!(connection, c => diesel::update(throttles::table.find(key))
        .filter(is_live!(now))
        .set(throttles::failures.eq(throttles::failures + amount))
        .execute(c))?;
    if counted == 0 {
        clear_over(connection, key, now)?;
        on!(connection, c => diesel::insert_into(throttles::table)
            .values((
                throttles::throttle_key.eq(key),
                throttles::failures.eq(amount),
                throttles::window_started_at.eq(now.millis()),
                throttles::expires_at.eq(window_ends.millis()),
            ))
            .execute(c))?;
    }
    on!(connection, c => throttles::table.find(key).select(throttles::failures).get_result(c))
}

/// The failures in a key's window, none if it is over.
pub(crate) fn failures(connection: &mut Connection, key: &[u8], now: Timestamp) -> QueryResult<i64> {
    let failures = on!(connection, c => throttles::table
        .find(key)
        .filter(is_live!(now))
        .select(throttles::failures)
        .get_result::<i64>(c)
        .optional())?;
    Ok(failures.unwrap_or(0))
}

/// Forgets a key's failures if their window is over. Asked of the row as it is now: two windows may not begin at once.
pub(crate) fn clear_over(connection: &mut Connection, key: &[u8], now: Timestamp) -> QueryResult<()> {
    on!(connection, c => diesel::delete(throttles::table.find(key))
        .filter(not(is_live!(now)))
        .execute(c))?;
    Ok(())
}

/// Forgets a key's failures.
pub(crate) fn clear(connection: &mut Connection, key: &[u8]) -> QueryResult<()> {
    on!(connection, c => diesel::delete(throttles::table.find(key)).execute(c))?;
    Ok(())
}

/// Forgets the failures of all keys in a range, ends included.
pub(crate) fn clear_range(connection: &mut Connection, first: &[u8], last: &[u8]) -> QueryResult<()> {
    on!(connection, c => diesel::delete(throttles::table)
        .filter(throttles::throttle_key.ge(first).and(throttles::throttle_key.le(last)))
        .execute(c))?;
    Ok(())
}

/// Sets a mark that counts nothing, or lengthens its life.
pub(crate) fn mark(connection: &mut Connection, key: &[u8], now: Timestamp, until: Timestamp) -> QueryResult<()> {
    let present = on!(connection, c => diesel::update(throttles::table.find(key))
        .set((throttles::window_started_at.eq(now.millis()), throttles::expires_at.eq(until.millis())))
        .execute(c))?;
    if present == 0 {
        on!(connection, c => diesel::insert_into(throttles::table)
            .values((
                throttles::throttle_key.eq(key),
                throttles::failures.eq(0),
                throttles::window_started_at.eq(now.millis()),
                throttles::expires_at.eq(until.millis()),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// Whether a mark is set and lives.
pub(crate) fn is_marked(connection: &mut Connection, key: &[u8], now: Timestamp) -> QueryResult<bool> {
    let marked = on!(connection, c => throttles::table
        .find(key)
        .filter(is_live!(now))
        .select(throttles::failures)
        .get_result::<i64>(c)
        .optional())?;
    Ok(marked.is_some())
}

/// Deletes at most `limit` counters whose window is over; gives how many.
pub(crate) fn purge(connection: &mut Connection, now: Timestamp, limit: i64) -> QueryResult<usize> {
    let dead = on!(connection, c => throttles::table
        .filter(not(is_live!(now)))
        .select(throttles::throttle_key)
        .limit(limit)
        .load::<Vec<u8>>(c))?;
    // Asked again: a key may have begun a new window since it was read.
    on!(connection, c => diesel::delete(throttles::table)
        .filter(throttles::throttle_key.eq_any(&dead).and(not(is_live!(now))))
        .execute(c))
}
