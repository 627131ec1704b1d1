//! What rows come from, and a place in it.

use std::collections::VecDeque;

use dragoman_store::rows::{Row, Snapshot, Table};

use crate::BackupError;

/// Gives all rows of tables, each in the order of its key.
pub trait RowSource {
    /// Begins with a table.
    fn open(&mut self, table: &Table) -> impl Future<Output = Result<(), BackupError>>;
    /// The next rows; none at the table's end.
    fn batch(&mut self) -> impl Future<Output = Result<Vec<Row>, BackupError>>;
}

impl RowSource for Snapshot {
    async fn open(&mut self, table: &Table) -> Result<(), BackupError> {
        Ok(self.open_table(table).await?)
    }

    async fn batch(&mut self) -> Result<Vec<Row>, BackupError> {
        Ok(Snapshot::batch(self).await?)
    }
}

/// The rows of one table, one by one.
pub(crate) struct Cursor<'s, S> {
    source: &'s mut S,
    rows: VecDeque<Row>,
}

impl<'s, S: RowSource> Cursor<'s, S> {
    pub(crate) async fn open(source: &'s mut S, table: &Table) -> Result<Self, BackupError> {
        source.open(table).await?;
        Ok(Self { source, rows: VecDeque::new() })
    }

    /// Has the next row ready, if there is one.
    pub(crate) async fn fill(&mut self) -> Result<(), BackupError> {
        if self.rows.is_empty() {
            self.rows = self.source.batch().await?.into();
        }
        Ok(())
    }

    /// The row that is ready.
    pub(crate) fn front(&self) -> Option<&Row> {
        self.rows.front()
    }

    /// Takes the row that is ready.
    pub(crate) fn take(&mut self) -> Option<Row> {
        self.rows.pop_front()
    }
}
