//! Rows of a SQLite file. Not through diesel, which reads only columns it was compiled for.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use super::error::RowsError;
use super::limits::{BATCH_BYTES, BATCH_ROWS};
use super::statements::Dialect;
use super::table::{Kind, Table};
use super::value::{Row, Value, row_size};
use crate::Backend;

const DIALECT: Dialect = Dialect(Backend::Sqlite);

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

pub(super) fn execute(connection: &Connection, sql: &str) -> Result<(), RowsError> {
    connection.execute_batch(sql).map_err(|error| failed("a statement", &error))
}

/// Whether `sql` gives a row.
pub(super) fn has_row(connection: &Connection, sql: &str) -> Result<bool, RowsError> {
    let mut statement = connection.prepare(sql).map_err(|error| failed("a query", &error))?;
    statement.exists([]).map_err(|error| failed("a query", &error))
}

/// The first column of the first row.
pub(super) fn first_text(connection: &Connection, sql: &str) -> Result<Option<String>, RowsError> {
    let mut statement = connection.prepare(sql).map_err(|error| failed("a query", &error))?;
    let mut rows = statement.query([]).map_err(|error| failed("a query", &error))?;
    let row = rows.next().map_err(|error| failed("a query", &error))?;
    row.map(|row| row.get(0)).transpose().map_err(|error| failed("a query", &error))
}

/// The next rows behind a key.
pub(super) fn page(connection: &Connection, table: &Table, after: Option<&[Value]>) -> Result<Vec<Row>, RowsError> {
    let wrong = |error: rusqlite::Error| failed(table.name, &error);
    let sql = DIALECT.page(table, after.is_some(), BATCH_ROWS);
    let mut statement = connection.prepare(&sql).map_err(wrong)?;
    let mut found = statement.query(params_from_iter(after.unwrap_or_default())).map_err(wrong)?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while bytes < BATCH_BYTES {
        let Some(row) = found.next().map_err(wrong)? else { break };
        let read = |(place, column): (usize, &super::Column)| {
            value(row.get_ref(place).map_err(wrong)?, column.kind).ok_or(RowsError::Value(table.name))
        };
        let row: Row = table.columns.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        bytes += row_size(&row);
        rows.push(row);
    }
    Ok(rows)
}

fn value(value: ValueRef<'_>, kind: Kind) -> Option<Value> {
    Some(match (value, kind) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(number), Kind::Bool | Kind::SmallInt | Kind::Integer | Kind::BigInt) => {
            Value::Integer(number)
        }
        (ValueRef::Text(text), Kind::Text) => Value::Text(str::from_utf8(text).ok()?.to_owned()),
        (ValueRef::Blob(bytes), Kind::Bytes) => Value::Bytes(bytes.to_vec()),
        _ => return None,
    })
}

pub(super) fn insert(connection: &Connection, table: &Table, rows: &[Row]) -> Result<(), RowsError> {
    let wrong = |error: rusqlite::Error| failed(table.name, &error);
    let mut statement = connection.prepare(&DIALECT.insert(table, 1)).map_err(wrong)?;
    for row in rows {
        statement.execute(params_from_iter(row)).map_err(wrong)?;
    }
    Ok(())
}

pub(super) fn delete(connection: &Connection, table: &Table, keys: &[Row]) -> Result<(), RowsError> {
    let wrong = |error: rusqlite::Error| failed(table.name, &error);
    let mut statement = connection.prepare(&DIALECT.delete(table)).map_err(wrong)?;
    for key in keys {
        statement.execute(params_from_iter(key)).map_err(wrong)?;
    }
    Ok(())
}

fn failed(doing: &str, error: &rusqlite::Error) -> RowsError {
    RowsError::database(doing, &error.to_string())
}
