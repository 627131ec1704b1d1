//! How many rows there are. The row is locked by every batch, so that replicas write one after the other and no bound is
//! passed by two at once.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::schema::usage_totals::{self, dsl};

/// The one row's number.
const ROW: i64 = 1;

/// The counts of rows, and since when there are any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub callers: i64,
    pub days: i64,
    pub clients: i64,
    pub began_at: i64,
}

type Row = (i64, i64, i64, i64);

/// Takes the lock and reads; makes the row, which begins at `now`, when there is none yet.
pub(crate) fn lock(connection: &mut Connection, now: i64) -> QueryResult<Totals> {
    let locked = on!(connection, c => diesel::update(usage_totals::table.find(ROW))
        .set(dsl::batches.eq(dsl::batches + 1))
        .execute(c))?;
    if locked == 0 {
        let first = (
            dsl::number.eq(ROW),
            dsl::batches.eq(1),
            dsl::callers.eq(0),
            dsl::days.eq(0),
            dsl::clients.eq(0),
            dsl::began_at.eq(now),
        );
        on!(connection, c => diesel::insert_into(usage_totals::table).values(first).execute(c))?;
    }
    Ok(read(connection)?.unwrap_or_default())
}

/// The counts; `None` before anything was counted.
pub(crate) fn read(connection: &mut Connection) -> QueryResult<Option<Totals>> {
    let row = on!(connection, c => usage_totals::table
        .find(ROW)
        .select((dsl::callers, dsl::days, dsl::clients, dsl::began_at))
        .get_result::<Row>(c)
        .optional())?;
    Ok(row.map(|(callers, days, clients, began_at)| Totals { callers, days, clients, began_at }))
}

/// Writes the counts back, before the transaction that locked them ends.
pub(crate) fn write(connection: &mut Connection, totals: Totals) -> QueryResult<()> {
    let Totals { callers, days, clients, began_at } = totals;
    on!(connection, c => diesel::update(usage_totals::table.find(ROW))
        .set((dsl::callers.eq(callers), dsl::days.eq(days), dsl::clients.eq(clients), dsl::began_at.eq(began_at)))
        .execute(c))?;
    Ok(())
}
