//! The journal of imports: how far each one came. It moves in the transaction that stores what was reached.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{clock::Timestamp, schema::imports};

/// One import as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = imports, treat_none_as_default_value = false)]
pub(crate) struct ImportRow {
    pub id: String,
    pub dialect: String,
    pub scope: String,
    pub source: String,
    /// Accounts the plan counted.
    pub total: i64,
    /// Accounts of the plan that are done.
    pub position: i64,
    pub phase: i16,
    /// The highest account number before the import, and after its last batch.
    pub counter_before: i64,
    pub counter_after: i64,
    pub started_at: i64,
    pub finished_at: Option<i64>,
}

pub(crate) fn insert(connection: &mut Connection, row: &ImportRow) -> QueryResult<()> {
    on!(connection, c => diesel::insert_into(imports::table).values(row).execute(c))?;
    Ok(())
}

pub(crate) fn find(connection: &mut Connection, id: &str) -> QueryResult<Option<ImportRow>> {
    on!(connection, c => imports::table.find(id).select(ImportRow::as_select()).get_result(c).optional())
}

/// Holds an import until the transaction ends; gives how far it is.
pub(crate) fn hold(connection: &mut Connection, id: &str) -> QueryResult<Option<i64>> {
    on!(connection, c => diesel::update(imports::table.find(id))
        .set(imports::position.eq(imports::position))
        .execute(c))?;
    Ok(find(connection, id)?.map(|row| row.position))
}

/// Every import, oldest first.
pub(crate) fn all(connection: &mut Connection) -> QueryResult<Vec<ImportRow>> {
    on!(connection, c => imports::table
        .order((imports::started_at.asc(), imports::id.asc()))
        .select(ImportRow::as_select())
        .load(c))
}

/// Moves an import on from where it is; `false`: another process did.
pub(crate) fn advance(
    connection: &mut Connection,
    id: &str,
    (from, to): (i64, i64),
    counter: i64,
) -> QueryResult<bool> {
    let moved = on!(connection, c => diesel::update(imports::table.find(id))
        .filter(imports::position.eq(from))
        .set((imports::position.eq(to), imports::counter_after.eq(counter)))
        .execute(c))?;
    Ok(moved == 1)
}

pub(crate) fn set_phase(connection: &mut Connection, id: &str, phase: i16) -> QueryResult<()> {
    on!(connection, c => diesel::update(imports::table.find(id)).set(imports::phase.eq(phase)).execute(c))?;
    Ok(())
}

pub(crate) fn finish(connection: &mut Connection, id: &str, at: Timestamp) -> QueryResult<()> {
    on!(connection, c => diesel::update(imports::table.find(id))
        .filter(imports::finished_at.is_null())
        .set(imports::finished_at.eq(at.millis()))
        .execute(c))?;
    Ok(())
}

/// The account numbers of this import are known outside: they are not given out again when it is undone.
pub(crate) fn keep_numbers(connection: &mut Connection, id: &str) -> QueryResult<()> {
    on!(connection, c => diesel::update(imports::table.find(id))
        .set(imports::counter_before.eq(imports::counter_after))
        .execute(c))?;
    Ok(())
}

/// An import that is undone before a later one leaves its numbers to it: they are free when that one is undone as well.
pub(crate) fn pass_on(connection: &mut Connection, row: &ImportRow) -> QueryResult<()> {
    on!(connection, c => diesel::update(imports::table)
        .filter(imports::counter_before.eq(row.counter_after))
        .filter(imports::id.ne(&row.id))
        .set(imports::counter_before.eq(row.counter_before))
        .execute(c))?;
    Ok(())
}

pub(crate) fn delete(connection: &mut Connection, id: &str) -> QueryResult<()> {
    on!(connection, c => diesel::delete(imports::table.find(id)).execute(c))?;
    Ok(())
}
