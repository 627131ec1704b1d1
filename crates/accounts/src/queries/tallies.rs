//! What happened in each minute and hour, added up over all replicas.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{clock::Timestamp, schema::tallies};

/// Adds to a measure of a span. The update takes the row's lock; two first ones at once collide, and one is run again.
pub(crate) fn add(
    connection: &mut Connection,
    (span, begins_at): (i16, Timestamp),
    measure: &str,
    amount: i64,
) -> QueryResult<()> {
    let begins_at = begins_at.millis();
    let added = on!(connection, c => diesel::update(tallies::table.find((span, begins_at, measure)))
        .set(tallies::amount.eq(tallies::amount + amount))
        .execute(c))?;
    if added == 0 {
        on!(connection, c => diesel::insert_into(tallies::table)
            .values((
                tallies::span.eq(span),
                tallies::begins_at.eq(begins_at),
                tallies::measure.eq(measure),
                tallies::amount.eq(amount),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// Begin, measure and amount of what a span kept from an instant on, oldest first.
pub(crate) fn since(connection: &mut Connection, span: i16, from: Timestamp) -> QueryResult<Vec<(i64, String, i64)>> {
    on!(connection, c => tallies::table
        .filter(tallies::span.eq(span).and(tallies::begins_at.ge(from.millis())))
        .order((tallies::begins_at.asc(), tallies::measure.asc()))
        .select((tallies::begins_at, tallies::measure, tallies::amount))
        .load(c))
}

/// Forgets what began before an instant.
pub(crate) fn purge(connection: &mut Connection, span: i16, before: Timestamp) -> QueryResult<usize> {
    on!(connection, c => diesel::delete(tallies::table
        .filter(tallies::span.eq(span).and(tallies::begins_at.lt(before.millis()))))
        .execute(c))
}
