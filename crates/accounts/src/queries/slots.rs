//! Sliding windows: each event holds a slot of its group until its own time is over. Slots lie in the table of the
//! throttle's counters, all of a group between two keys, behind a row that numbers them and is locked while they are counted.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{
    clock::Timestamp,
    queries::throttles::{self as counters, is_live},
    schema::throttles,
};

/// What slots are counted together: the first 24 bytes of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SlotGroup(pub [u8; 24]);

impl SlotGroup {
    fn key(&self, number: i64) -> Vec<u8> {
        self.0.iter().copied().chain(number.to_be_bytes()).collect()
    }

    /// Before the first slot.
    pub fn row(&self) -> Vec<u8> {
        self.key(0)
    }

    fn first(&self) -> Vec<u8> {
        self.key(1)
    }

    fn last(&self) -> Vec<u8> {
        self.key(i64::MAX)
    }
}

/// A group whose slots have been counted and stay so until the transaction ends.
pub(crate) struct CountedSlots<'g> {
    group: &'g SlotGroup,
    next: i64,
    /// How many are held.
    pub held: i64,
}

/// Takes the group's lock, so that events at once are counted one after the other, and counts its slots. `until` is the
/// end of a slot that begins now: the group's row outlives it.
pub(crate) fn count<'g>(
    connection: &mut Connection,
    group: &'g SlotGroup,
    now: Timestamp,
    until: Timestamp,
) -> QueryResult<CountedSlots<'g>> {
    let numbered = on!(connection, c => diesel::update(throttles::table.find(group.row()))
        .set((
            throttles::failures.eq(throttles::failures + 1),
            throttles::window_started_at.eq(now.millis()),
            throttles::expires_at.eq(until.millis()),
        ))
        .execute(c))?;
    if numbered == 0 {
        insert(connection, &group.row(), now, until)?;
    }
    let next = on!(connection, c => throttles::table.find(group.row()).select(throttles::failures).get_result(c))?;
    Ok(CountedSlots { group, next, held: held(connection, group, now)? })
}

/// How many slots are held, without the group's lock.
pub(crate) fn held(connection: &mut Connection, group: &SlotGroup, now: Timestamp) -> QueryResult<i64> {
    on!(connection, c => throttles::table
        .filter(throttles::throttle_key.between(group.first(), group.last()))
        .filter(is_live!(now))
        .count()
        .get_result(c))
}

impl CountedSlots<'_> {
    /// Holds one more.
    pub fn hold(&self, connection: &mut Connection, now: Timestamp, until: Timestamp) -> QueryResult<()> {
        let key = self.group.key(self.next);
        // One that ended long ago may have its number, if the group's row was purged before it.
        counters::clear(connection, &key)?;
        insert(connection, &key, now, until)
    }
}

/// Gives the newest slot back.
pub(crate) fn release(connection: &mut Connection, group: &SlotGroup) -> QueryResult<()> {
    let newest = on!(connection, c => throttles::table
        .filter(throttles::throttle_key.between(group.first(), group.last()))
        .order(throttles::throttle_key.desc())
        .select(throttles::throttle_key)
        .limit(1)
        .get_result::<Vec<u8>>(c)
        .optional())?;
    newest.map_or(Ok(()), |key| counters::clear(connection, &key))
}

fn insert(connection: &mut Connection, key: &[u8], now: Timestamp, until: Timestamp) -> QueryResult<()> {
    on!(connection, c => diesel::insert_into(throttles::table)
        .values((
            throttles::throttle_key.eq(key),
            throttles::failures.eq(1),
            throttles::window_started_at.eq(now.millis()),
            throttles::expires_at.eq(until.millis()),
        ))
        .execute(c))?;
    Ok(())
}
