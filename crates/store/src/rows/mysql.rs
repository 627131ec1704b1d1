//! Rows of a MySQL or MariaDB database.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Params, Value as Given};

use super::error::RowsError;
use super::limits::{BATCH_BYTES, BATCH_ROWS};
use super::statements::Dialect;
use super::table::{Kind, Table};
use super::value::{Row, Value, row_size};
use crate::Backend;

const DIALECT: Dialect = Dialect(Backend::Mysql);
/// Parameters of one statement at most; the protocol takes 65,535.
const PARAMETERS: usize = 16_000;
/// Bytes of one statement at which it is sent; a server takes 16 MiB unless told otherwise.
const STATEMENT_BYTES: usize = 1024 * 1024;

/// The next rows behind a key.
pub(super) async fn page(connection: &mut Conn, table: &Table, after: Option<&[Value]>) -> Result<Vec<Row>, RowsError> {
    let wrong = |error: mysql_async::Error| failed(table.name, &error);
    let sql = DIALECT.page(table, after.is_some(), BATCH_ROWS);
    let parameters: Vec<Given> = DIALECT.behind(after.unwrap_or_default()).iter().map(given).collect();
    let mut found = connection.exec_iter(sql, parameters_of(parameters)).await.map_err(wrong)?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while bytes < BATCH_BYTES {
        let Some(row) = found.next().await.map_err(wrong)? else { break };
        let values = row.unwrap();
        let read = |(column, value): (&super::Column, Given)| value_of(value, column.kind);
        let row: Option<Row> = table.columns.iter().zip(values).map(read).collect();
        let row = row.ok_or(RowsError::Value(table.name))?;
        bytes += row_size(&row);
        rows.push(row);
    }
    found.drop_result().await.map_err(wrong)?;
    Ok(rows)
}

/// A statement without parameters takes none, not an empty list.
fn parameters_of(values: Vec<Given>) -> Params {
    if values.is_empty() { Params::Empty } else { Params::Positional(values) }
}

fn given(value: &Value) -> Given {
    match value {
        Value::Null => Given::NULL,
        Value::Integer(number) => Given::Int(*number),
        Value::Text(text) => Given::Bytes(text.as_bytes().to_vec()),
        Value::Bytes(bytes) => Given::Bytes(bytes.clone()),
    }
}

fn value_of(value: Given, kind: Kind) -> Option<Value> {
    Some(match (value, kind) {
        (Given::NULL, _) => Value::Null,
        (Given::Int(number), Kind::Bool | Kind::SmallInt | Kind::Integer | Kind::BigInt) => Value::Integer(number),
        (Given::UInt(number), Kind::Bool | Kind::SmallInt | Kind::Integer | Kind::BigInt) => {
            Value::Integer(i64::try_from(number).ok()?)
        }
        (Given::Bytes(text), Kind::Text) => Value::Text(String::from_utf8(text).ok()?),
        (Given::Bytes(bytes), Kind::Bytes) => Value::Bytes(bytes),
        _ => return None,
    })
}

/// In statements of many rows: as its own dumps are read back, and without the right to load files.
pub(super) async fn insert(connection: &mut Conn, table: &Table, rows: &[Row]) -> Result<(), RowsError> {
    let most = (PARAMETERS / table.columns.len().max(1)).max(1);
    let mut rest = rows;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fitting = rest.iter().take(most).take_while(|row| {
            let fits = bytes < STATEMENT_BYTES;
            bytes += row_size(row);
            fits
        });
        let (now, later) = rest.split_at(fitting.count().max(1));
        let parameters: Vec<Given> = now.iter().flatten().map(given).collect();
        let sql = DIALECT.insert(table, now.len());
        connection.exec_drop(sql, parameters_of(parameters)).await.map_err(|error| failed(table.name, &error))?;
        rest = later;
    }
    Ok(())
}

pub(super) async fn delete(connection: &mut Conn, table: &Table, keys: &[Row]) -> Result<(), RowsError> {
    let wrong = |error: mysql_async::Error| failed(table.name, &error);
    let statement = connection.prep(DIALECT.delete(table)).await.map_err(wrong)?;
    for key in keys {
        let parameters = Params::Positional(key.iter().map(given).collect());
        connection.exec_drop(&statement, parameters).await.map_err(wrong)?;
    }
    connection.close(statement).await.map_err(wrong)
}

pub(super) async fn execute(connection: &mut Conn, sql: &str) -> Result<(), RowsError> {
    connection.query_drop(sql).await.map_err(|error| failed("a statement", &error))
}

/// Whether `sql` gives a row.
pub(super) async fn has_row(connection: &mut Conn, sql: &str) -> Result<bool, RowsError> {
    let row: Option<mysql_async::Row> = connection.query_first(sql).await.map_err(|error| failed("a query", &error))?;
    Ok(row.is_some())
}

/// The first column of the first row.
pub(super) async fn first_text(connection: &mut Conn, sql: &str) -> Result<Option<String>, RowsError> {
    connection.query_first(sql).await.map_err(|error| failed("a query", &error))
}

fn failed(doing: &str, error: &mysql_async::Error) -> RowsError {
    RowsError::database(doing, &error.to_string())
}
