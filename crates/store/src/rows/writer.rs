//! Rows into the tables of a database, transaction by transaction.

use super::error::RowsError;
use super::link::Link;
use super::table::Table;
use super::value::Row;
use super::{mysql, postgres, sqlite};

const BEGIN: [&str; 3] = ["BEGIN IMMEDIATE", "BEGIN", "START TRANSACTION"];
const COMMIT: [&str; 3] = ["COMMIT"; 3];

/// A connection that writes. What was not committed is gone when it is dropped.
pub struct Writer {
    link: Link,
}

impl Writer {
    pub(super) fn new(link: Link) -> Self {
        Self { link }
    }

    /// Begins a transaction.
    pub async fn begin(&mut self) -> Result<(), RowsError> {
        self.link.execute(BEGIN).await
    }

    /// Ends it; what was written stays.
    pub async fn commit(&mut self) -> Result<(), RowsError> {
        self.link.execute(COMMIT).await
    }

    /// Adds rows whose keys are all free.
    pub async fn insert(&mut self, table: &Table, rows: &[Row]) -> Result<(), RowsError> {
        if rows.is_empty() {
            return Ok(());
        }
        match &mut self.link {
            Link::Sqlite(connection) => sqlite::insert(connection, table, rows),
            Link::Postgres(client) => postgres::insert(client, table, rows).await,
            Link::Mysql(connection) => mysql::insert(connection, table, rows).await,
        }
    }

    /// Deletes the rows that have these keys.
    pub async fn delete(&mut self, table: &Table, keys: &[Row]) -> Result<(), RowsError> {
        if keys.is_empty() {
            return Ok(());
        }
        match &mut self.link {
            Link::Sqlite(connection) => sqlite::delete(connection, table, keys),
            Link::Postgres(client) => postgres::delete(client, table, keys).await,
            Link::Mysql(connection) => mysql::delete(connection, table, keys).await,
        }
    }

    /// Deletes every row of a table.
    pub async fn empty(&mut self, table: &Table) -> Result<(), RowsError> {
        let sql = format!("DELETE FROM {}", table.name);
        self.link.execute([&sql; 3]).await
    }

    /// Lets the database number new rows behind those that are there. SQLite and MySQL do so by themselves.
    pub async fn number_on(&mut self, table: &Table) -> Result<(), RowsError> {
        let (Link::Postgres(client), Some(key), true) = (&self.link, table.key_columns().first(), table.numbered)
        else {
            return Ok(());
        };
        let (name, key) = (table.name, key.name);
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{name}', '{key}'), COALESCE((SELECT MAX({key}) FROM {name}), 0) + 1, false)"
        );
        postgres::execute(client, &sql).await
    }

    /// Whether a table holds no row.
    pub async fn is_empty(&mut self, table: &Table) -> Result<bool, RowsError> {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", table.name);
        Ok(!self.link.has_row([&sql; 3]).await?)
    }
}
