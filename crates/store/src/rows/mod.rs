//! Whole databases on the move: rows of any table, read from any engine and written into any other, as values.
//!
//! Not on the threads of a store: whoever moves rows takes connections of his own, so that serving does not wait for him.

mod closed;
mod closing;
mod error;
mod limits;
mod link;
mod literals;
mod mysql;
mod postgres;
mod snapshot;
mod sqlite;
mod statements;
mod table;
mod unfinished;
mod value;
mod writer;

use std::time::Duration;

pub use self::error::RowsError;
pub use self::snapshot::Snapshot;
pub use self::table::{Column, Columns, Kind, Storable, Table, Width};
pub use self::value::{Row, Value, row_size};
pub use self::writer::Writer;

pub(crate) use self::closed::CLOSED;
pub(crate) use self::literals::literal_inserts;
pub(crate) use self::unfinished::LOOK as UNFINISHED;

use self::link::Link;
use super::target::Target;
use super::{DatabaseUrl, StoreSetupError, Tables};

/// Patience of a socket that gives no sign of life.
const SILENCE: Duration = Duration::from_secs(60);

/// A database whose rows are moved.
pub struct Rows {
    target: Target,
    shown: String,
    tables: Vec<Table>,
}

impl Rows {
    /// Connects to nothing yet.
    pub fn of(url: &DatabaseUrl, tables: &[&'static Tables]) -> Result<Self, StoreSetupError> {
        let described = tables.iter().flat_map(|tables| (tables.rows)()).collect();
        Ok(Self { target: Target::new(url, SILENCE)?, shown: url.to_string(), tables: described })
    }

    /// All tables, in the order in which they are moved.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The address, without its password.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Everything as it is now.
    pub async fn snapshot(&self) -> Result<Snapshot, RowsError> {
        Snapshot::begin(self.link().await?).await
    }

    /// A connection that writes.
    pub async fn writer(&self) -> Result<Writer, RowsError> {
        Ok(Writer::new(self.link().await?))
    }

    /// The first table that holds rows which no migration made.
    pub async fn filled_table(&self) -> Result<Option<&Table>, RowsError> {
        let mut writer = self.writer().await?;
        for table in self.tables.iter().filter(|table| !table.seeded) {
            if !writer.is_empty(table).await? {
                return Ok(Some(table));
            }
        }
        Ok(None)
    }

    /// What rows are still being copied from, if the database is marked so.
    pub async fn unfinished(&self) -> Result<Option<String>, RowsError> {
        unfinished::source(&mut self.link().await?).await
    }

    /// Marks the database: until [`Rows::finish`] no server begins to work on it.
    pub async fn begin(&self, source: &str) -> Result<(), RowsError> {
        unfinished::mark(&mut self.link().await?, source).await
    }

    /// Takes the mark away.
    pub async fn finish(&self) -> Result<(), RowsError> {
        unfinished::unmark(&mut self.link().await?).await
    }

    /// From its return on nobody writes into any table; reading goes on.
    pub async fn close(&self) -> Result<(), RowsError> {
        closing::close(&mut self.link().await?, &self.tables).await
    }

    /// Ends what [`Rows::close`] began.
    pub async fn reopen(&self) -> Result<(), RowsError> {
        closing::reopen(&mut self.link().await?, &self.tables).await
    }

    async fn link(&self) -> Result<Link, RowsError> {
        Link::open(&self.target).await
    }
}
