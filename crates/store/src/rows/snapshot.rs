//! All tables as they were at one instant, read row by row while others go on writing.

use super::error::RowsError;
use super::link::Link;
use super::postgres::CopyOut;
use super::table::Table;
use super::value::Row;
use super::{mysql, sqlite};

/// On PostgreSQL a sort of this size is done in memory.
const BEGIN: [&str; 3] = [
    // A deferred transaction sees what there is when it first reads.
    "BEGIN; SELECT COUNT(*) FROM sqlite_schema",
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL work_mem = '64MB'; SELECT 1",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT",
];

/// One instant of a database. It holds a connection and, on that, one transaction that only reads.
pub struct Snapshot {
    link: Link,
    reading: Option<Reading>,
}

struct Reading {
    table: Table,
    /// PostgreSQL's stream of rows.
    copy: Option<CopyOut>,
    /// The key behind which the next page begins.
    after: Option<Row>,
    /// Nothing follows.
    ended: bool,
}

impl Snapshot {
    pub(super) async fn begin(mut link: Link) -> Result<Self, RowsError> {
        link.execute(BEGIN).await?;
        Ok(Self { link, reading: None })
    }

    /// Gives it up, and with it whatever the database kept for it.
    pub async fn end(self) {
        self.link.close().await;
    }

    /// Begins to read a table from its first row on. A table that was begun before must have been read to its end.
    pub async fn open_table(&mut self, table: &Table) -> Result<(), RowsError> {
        let copy = match &self.link {
            Link::Postgres(client) => Some(CopyOut::begin(client, table).await?),
            Link::Sqlite(_) | Link::Mysql(_) => None,
        };
        self.reading = Some(Reading { table: table.clone(), copy, after: None, ended: false });
        Ok(())
    }

    /// The next rows of the table in the order of its key, at most about two megabytes and a row; none at its end.
    pub async fn batch(&mut self) -> Result<Vec<Row>, RowsError> {
        let Some(reading) = self.reading.as_mut().filter(|reading| !reading.ended) else { return Ok(Vec::new()) };
        let (table, after) = (&reading.table, reading.after.as_deref());
        let rows = match &mut self.link {
            Link::Sqlite(connection) => sqlite::page(connection, table, after)?,
            Link::Mysql(connection) => mysql::page(connection, table, after).await?,
            Link::Postgres(_) => match &mut reading.copy {
                Some(copy) => copy.batch(table).await?,
                None => Vec::new(),
            },
        };
        match rows.last() {
            Some(row) => reading.after = Some(table.key_of(row).to_vec()),
            None => reading.ended = true,
        }
        Ok(rows)
    }
}
