//! Rows of a PostgreSQL database, by `COPY` in its binary form: the fastest way in and out.

use std::pin::{Pin, pin};

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, CopyOutStream};

use super::error::RowsError;
use super::limits::{BATCH_BYTES, BATCH_ROWS};
use super::statements::Dialect;
use super::table::{Column, Kind, Table};
use super::value::{Row, Value, row_size};
use crate::Backend;

const DIALECT: Dialect = Dialect(Backend::Postgres);
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// No flags, no extension.
const REST_OF_HEADER: [u8; 8] = [0; 8];
/// What is sent at once.
const CHUNK: usize = 64 * 1024;

/// A table on its way out.
pub(super) struct CopyOut {
    stream: Pin<Box<CopyOutStream>>,
    buffer: BytesMut,
    has_header: bool,
}

impl CopyOut {
    pub(super) async fn begin(client: &Client, table: &Table) -> Result<Self, RowsError> {
        let stream = client.copy_out(&DIALECT.copy_out(table)).await.map_err(|error| failed(table.name, &error))?;
        Ok(Self { stream: Box::pin(stream), buffer: BytesMut::new(), has_header: false })
    }

    pub(super) async fn batch(&mut self, table: &Table) -> Result<Vec<Row>, RowsError> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < BATCH_ROWS && bytes < BATCH_BYTES {
            match self.take_row(table)? {
                Taken::Row(row) => {
                    bytes += row_size(&row);
                    rows.push(row);
                }
                Taken::End => break,
                Taken::More => match self.stream.next().await {
                    Some(chunk) => {
                        self.buffer.extend_from_slice(&chunk.map_err(|error| failed(table.name, &error))?);
                    }
                    None => return Err(RowsError::Value(table.name)),
                },
            }
        }
        Ok(rows)
    }

    fn take_row(&mut self, table: &Table) -> Result<Taken, RowsError> {
        if !self.has_header {
            let length = SIGNATURE.len() + REST_OF_HEADER.len();
            if self.buffer.len() < length {
                return Ok(Taken::More);
            }
            drop(self.buffer.split_to(length));
            self.has_header = true;
        }
        let mut rest: &[u8] = &self.buffer;
        let Some(count) = take(&mut rest).map(i16::from_be_bytes) else { return Ok(Taken::More) };
        if count < 0 {
            return Ok(Taken::End);
        }
        if usize::try_from(count) != Ok(table.columns.len()) {
            return Err(RowsError::Value(table.name));
        }
        let mut row = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            let Some(length) = take(&mut rest).map(i32::from_be_bytes) else { return Ok(Taken::More) };
            // Nothing has the length -1.
            let Ok(length) = usize::try_from(length) else {
                row.push(Value::Null);
                continue;
            };
            let Some((value, behind)) = rest.split_at_checked(length) else { return Ok(Taken::More) };
            row.push(read(column.kind, value).ok_or(RowsError::Value(table.name))?);
            rest = behind;
        }
        let taken = self.buffer.len() - rest.len();
        drop(self.buffer.split_to(taken));
        Ok(Taken::Row(row))
    }
}

enum Taken {
    Row(Row),
    /// The row is not all here.
    More,
    End,
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, behind) = rest.split_first_chunk::<N>()?;
    *rest = behind;
    Some(*taken)
}

fn read(kind: Kind, mut bytes: &[u8]) -> Option<Value> {
    Some(match kind {
        Kind::Bool => Value::Integer(i64::from(*bytes.first()?)),
        Kind::SmallInt => Value::Integer(take(&mut bytes).map(i16::from_be_bytes)?.into()),
        Kind::Integer => Value::Integer(take(&mut bytes).map(i32::from_be_bytes)?.into()),
        Kind::BigInt => Value::Integer(take(&mut bytes).map(i64::from_be_bytes)?),
        Kind::Text => Value::Text(str::from_utf8(bytes).ok()?.to_owned()),
        Kind::Bytes => Value::Bytes(bytes.to_vec()),
    })
}

pub(super) async fn insert(client: &Client, table: &Table, rows: &[Row]) -> Result<(), RowsError> {
    let wrong = |error| failed(table.name, &error);
    let mut sink = pin!(client.copy_in::<_, Bytes>(&DIALECT.copy_in(table)).await.map_err(wrong)?);
    let mut buffer = BytesMut::with_capacity(CHUNK);
    buffer.put_slice(SIGNATURE);
    buffer.put_slice(&REST_OF_HEADER);
    for row in rows {
        buffer.put_u16(u16::try_from(row.len()).map_err(|_| RowsError::Value(table.name))?);
        for (column, value) in table.columns.iter().zip(row) {
            write(column, value, &mut buffer).ok_or(RowsError::Value(table.name))?;
        }
        if buffer.len() >= CHUNK {
            sink.send(buffer.split().freeze()).await.map_err(wrong)?;
        }
    }
    buffer.put_i16(-1);
    sink.send(buffer.freeze()).await.map_err(wrong)?;
    sink.finish().await.map_err(wrong)?;
    Ok(())
}

fn write(column: &Column, value: &Value, buffer: &mut BytesMut) -> Option<()> {
    let mut sized = |bytes: &[u8]| {
        buffer.put_i32(i32::try_from(bytes.len()).ok()?);
        buffer.put_slice(bytes);
        Some(())
    };
    match (value, column.kind) {
        (Value::Null, _) => sized_nothing(buffer),
        (Value::Integer(number), Kind::Bool) => sized(&[u8::from(*number != 0)]),
        (Value::Integer(number), Kind::SmallInt) => sized(&i16::try_from(*number).ok()?.to_be_bytes()),
        (Value::Integer(number), Kind::Integer) => sized(&i32::try_from(*number).ok()?.to_be_bytes()),
        (Value::Integer(number), Kind::BigInt) => sized(&number.to_be_bytes()),
        (Value::Text(text), Kind::Text) => sized(text.as_bytes()),
        (Value::Bytes(bytes), Kind::Bytes) => sized(bytes),
        _ => None,
    }
}

fn sized_nothing(buffer: &mut BytesMut) -> Option<()> {
    buffer.put_i32(-1);
    Some(())
}

pub(super) async fn delete(client: &Client, table: &Table, keys: &[Row]) -> Result<(), RowsError> {
    let wrong = |error| failed(table.name, &error);
    let statement = client.prepare(&DIALECT.delete(table)).await.map_err(wrong)?;
    for key in keys {
        let parameters: Vec<&(dyn ToSql + Sync)> = key.iter().map(|value| value as _).collect();
        client.execute(&statement, &parameters).await.map_err(wrong)?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Integer(number) if *kind == Type::INT2 => out.put_i16(i16::try_from(*number)?),
            Self::Integer(number) if *kind == Type::INT4 => out.put_i32(i32::try_from(*number)?),
            Self::Integer(number) if *kind == Type::BOOL => out.put_u8(u8::from(*number != 0)),
            Self::Integer(number) => out.put_i64(*number),
            Self::Text(text) => out.put_slice(text.as_bytes()),
            Self::Bytes(bytes) => out.put_slice(bytes),
        }
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT2, Type::INT4, Type::INT8, Type::BOOL, Type::TEXT, Type::VARCHAR, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

pub(super) async fn execute(client: &Client, sql: &str) -> Result<(), RowsError> {
    client.batch_execute(sql).await.map_err(|error| failed("a statement", &error))
}

/// Whether `sql` gives a row.
pub(super) async fn has_row(client: &Client, sql: &str) -> Result<bool, RowsError> {
    Ok(client.query_opt(sql, &[]).await.map_err(|error| failed("a query", &error))?.is_some())
}

/// The first column of the first row.
pub(super) async fn first_text(client: &Client, sql: &str) -> Result<Option<String>, RowsError> {
    let row = client.query_opt(sql, &[]).await.map_err(|error| failed("a query", &error))?;
    row.map(|row| row.try_get(0)).transpose().map_err(|error| failed("a query", &error))
}

fn failed(doing: &str, error: &tokio_postgres::Error) -> RowsError {
    // The driver says "db error" and keeps the reason as the source.
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    RowsError::database(doing, &cause)
}
