//! Many rows of one table within a write, in the fewest statements that an engine takes well.
//!
//! diesel's own insert of many rows binds each value: the servers then describe thousands of parameters one by one, which costs more
//! than the rows.

use diesel::connection::SimpleConnection;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::Error::SerializationError;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, HasSqlType, Integer, Nullable, SingleValue, SmallInt, SqlType, Text, is_nullable,
};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};

use crate::Connection;
use crate::rows::{Column, Kind, Row, Table, Value, literal_inserts};

/// Rows of one statement on SQLite; always the same number, so that it is compiled once.
const SQLITE_ROWS: usize = 32;
/// Rows of one statement on PostgreSQL.
const POSTGRES_ROWS: usize = 5_000;

/// Tells a connection that many rows are about to come: on SQLite the pages of the indices they go into, which are touched in any
/// order, then stay in memory. 64 MiB hold those of some hundred thousand accounts.
pub fn expect_many_rows(connection: &mut Connection) -> QueryResult<()> {
    match connection {
        Connection::Sqlite(c) => c.batch_execute("PRAGMA cache_size = -65536"),
        Connection::Postgres(_) | Connection::Mysql(_) => Ok(()),
    }
}

/// Inserts rows whose keys are all free.
pub fn insert_rows(connection: &mut Connection, table: &Table, rows: &[Row]) -> QueryResult<()> {
    if !rows.iter().all(|row| table.fits(row)) {
        return Err(SerializationError(format!("a row does not fit into {}", table.name).into()));
    }
    match connection {
        Connection::Sqlite(c) => {
            let chunks = rows.chunks_exact(SQLITE_ROWS);
            let rest = chunks.remainder().chunks(1);
            chunks.chain(rest).try_for_each(|rows| SqliteInsert { table, rows }.execute(c).map(drop))
        }
        Connection::Postgres(c) => rows.chunks(POSTGRES_ROWS).try_for_each(|rows| {
            let columns = table.columns.iter().enumerate().map(|(place, column)| Values::of(column, place, rows));
            PostgresInsert { table, columns: columns.collect() }.execute(c).map(drop)
        }),
        Connection::Mysql(c) => literal_inserts(table, rows).try_for_each(|sql| c.batch_execute(&sql)),
    }
}

fn push_head<DB: diesel::backend::Backend>(out: &mut AstPass<'_, '_, DB>, table: &Table) -> QueryResult<()> {
    out.push_sql("INSERT INTO ");
    out.push_identifier(table.name)?;
    for (place, column) in table.columns.iter().enumerate() {
        out.push_sql(if place == 0 { " (" } else { ", " });
        out.push_identifier(column.name)?;
    }
    out.push_sql(") ");
    Ok(())
}

struct SqliteInsert<'r> {
    table: &'r Table,
    rows: &'r [Row],
}

impl QueryFragment<Sqlite> for SqliteInsert<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        push_head(&mut out, self.table)?;
        for (number, row) in self.rows.iter().enumerate() {
            out.push_sql(if number == 0 { "VALUES " } else { ", " });
            for (place, value) in row.iter().enumerate() {
                out.push_sql(if place == 0 { "(" } else { ", " });
                // A parameter also for nothing: else each pattern of it would be a statement of its own.
                match self.table.columns.get(place).map(|column| column.kind) {
                    Some(Kind::Text) => out.push_bind_param::<Nullable<Text>, Value>(value)?,
                    Some(Kind::Bytes) => out.push_bind_param::<Nullable<Binary>, Value>(value)?,
                    _ => out.push_bind_param::<Nullable<BigInt>, Value>(value)?,
                }
            }
            out.push_sql(")");
        }
        Ok(())
    }
}

impl<S: SingleValue + SqlType<IsNull = is_nullable::NotNull>> ToSql<Nullable<S>, Sqlite> for Value
where
    Sqlite: HasSqlType<S>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Integer(number) => out.set_value(*number),
            Self::Text(text) => out.set_value(text.as_str()),
            Self::Bytes(bytes) => out.set_value(bytes.as_slice()),
        }
        Ok(IsNull::No)
    }
}

/// The values of one column, a row each: PostgreSQL takes a whole column as one array.
enum Values<'r> {
    Bools(Vec<Option<bool>>),
    SmallInts(Vec<Option<i16>>),
    Integers(Vec<Option<i32>>),
    BigInts(Vec<Option<i64>>),
    Texts(Vec<Option<&'r str>>),
    Bytes(Vec<Option<&'r [u8]>>),
}

impl<'r> Values<'r> {
    fn of(column: &Column, place: usize, rows: &'r [Row]) -> Self {
        let values = rows.iter().map(|row| row.get(place));
        let number = |value: Option<&Value>| match value {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        };
        // What does not fit has been refused.
        match column.kind {
            Kind::Bool => Self::Bools(values.map(|value| number(value).map(|number| number != 0)).collect()),
            Kind::SmallInt => Self::SmallInts(values.map(|value| i16::try_from(number(value)?).ok()).collect()),
            Kind::Integer => Self::Integers(values.map(|value| i32::try_from(number(value)?).ok()).collect()),
            Kind::BigInt => Self::BigInts(values.map(number).collect()),
            Kind::Text => {
                let text = |value: Option<&'r Value>| match value {
                    Some(Value::Text(text)) => Some(text.as_str()),
                    _ => None,
                };
                Self::Texts(values.map(text).collect())
            }
            Kind::Bytes => {
                let bytes = |value: Option<&'r Value>| match value {
                    Some(Value::Bytes(bytes)) => Some(bytes.as_slice()),
                    _ => None,
                };
                Self::Bytes(values.map(bytes).collect())
            }
        }
    }
}

struct PostgresInsert<'r> {
    table: &'r Table,
    columns: Vec<Values<'r>>,
}

impl QueryFragment<Pg> for PostgresInsert<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        push_head(&mut out, self.table)?;
        for (place, column) in self.columns.iter().enumerate() {
            out.push_sql(if place == 0 { "SELECT * FROM unnest(" } else { ", " });
            match column {
                Values::Bools(values) => out.push_bind_param::<Array<Nullable<Bool>>, _>(values)?,
                Values::SmallInts(values) => out.push_bind_param::<Array<Nullable<SmallInt>>, _>(values)?,
                Values::Integers(values) => out.push_bind_param::<Array<Nullable<Integer>>, _>(values)?,
                Values::BigInts(values) => out.push_bind_param::<Array<Nullable<BigInt>>, _>(values)?,
                Values::Texts(values) => out.push_bind_param::<Array<Nullable<Text>>, _>(values)?,
                Values::Bytes(values) => out.push_bind_param::<Array<Nullable<Binary>>, _>(values)?,
            }
        }
        out.push_sql(")");
        Ok(())
    }
}

/// The statements are kept by their text.
macro_rules! kept_by_text {
    ($($name:ident),*) => {$(
        impl QueryId for $name<'_> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
        impl<C> RunQueryDsl<C> for $name<'_> {}
    )*};
}
kept_by_text!(SqliteInsert, PostgresInsert);
