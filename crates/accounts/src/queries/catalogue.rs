//! Rows an old server published beside its accounts (proxy's address list), numbered, each a text of the dialect's making.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::schema::catalogue;

/// One page by ascending number.
pub(crate) fn page(
    connection: &mut Connection,
    scope: &str,
    after: i64,
    limit: i64,
) -> QueryResult<Vec<(i64, String)>> {
    on!(connection, c => catalogue::table
        .filter(catalogue::scope.eq(scope).and(catalogue::number.gt(after)))
        .order(catalogue::number.asc())
        .limit(limit)
        .select((catalogue::number, catalogue::body))
        .load(c))
}

/// Rows of one statement: each binds three values, and PostgreSQL takes 65,535.
const BATCH: usize = 1_000;

pub(crate) fn insert(connection: &mut Connection, scope: &str, rows: &[(i64, String)]) -> QueryResult<()> {
    rows.chunks(BATCH).try_for_each(|batch| insert_batch(connection, scope, batch))
}

fn insert_batch(connection: &mut Connection, scope: &str, rows: &[(i64, String)]) -> QueryResult<()> {
    let rows: Vec<_> = rows
        .iter()
        .map(|(number, body)| (catalogue::scope.eq(scope), catalogue::number.eq(number), catalogue::body.eq(body)))
        .collect();
    match connection {
        // Diesel inserts many rows into SQLite one by one in a transaction of their own; here one is open already.
        Connection::Sqlite(c) => {
            for row in rows {
                diesel::insert_into(catalogue::table).values(row).execute(c)?;
            }
        }
        Connection::Postgres(c) => {
            diesel::insert_into(catalogue::table).values(rows).execute(c)?;
        }
        Connection::Mysql(c) => {
            diesel::insert_into(catalogue::table).values(rows).execute(c)?;
        }
    }
    Ok(())
}

/// Gives a staged scope's rows to another scope.
pub(crate) fn rename_scope(connection: &mut Connection, from: &str, to: &str) -> QueryResult<usize> {
    on!(connection, c => diesel::update(catalogue::table.filter(catalogue::scope.eq(from)))
        .set(catalogue::scope.eq(to))
        .execute(c))
}

pub(crate) fn clear(connection: &mut Connection, scope: &str) -> QueryResult<usize> {
    on!(connection, c => diesel::delete(catalogue::table.filter(catalogue::scope.eq(scope))).execute(c))
}

pub(crate) fn count(connection: &mut Connection, scope: &str) -> QueryResult<i64> {
    on!(connection, c => catalogue::table.filter(catalogue::scope.eq(scope)).count().get_result(c))
}
