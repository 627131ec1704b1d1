//! Two sources side by side, row by row.

use std::cmp::Ordering;

use dragoman_store::rows::{Row, Table, Value};

use crate::BackupError;
use crate::source::{Cursor, RowSource};

/// Where two sources differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Only the first has it.
    Missing(Row),
    /// Only the second has it.
    Extra(Row),
    /// Both have the key, and the rows differ.
    Changed {
        /// The first's row.
        from: Row,
        /// The second's row.
        to: Row,
    },
}

impl Difference {
    /// The row by its table and key, without what else it holds.
    pub fn told(&self, table: &Table) -> String {
        let (row, what) = match self {
            Self::Missing(row) => (row, "missing"),
            Self::Extra(row) => (row, "not expected"),
            Self::Changed { from, .. } => (from, "different"),
        };
        let key: Vec<String> = table.key_of(row).iter().map(told).collect();
        format!("{} {}: {what}", table.name, key.join(" "))
    }
}

fn told(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// The differences of one table, one by one.
pub(crate) struct Merge<'a, A, B> {
    table: &'a Table,
    from: Cursor<'a, A>,
    to: Cursor<'a, B>,
    /// Rows of the first source so far.
    pub(crate) seen: u64,
}

impl<'a, A: RowSource, B: RowSource> Merge<'a, A, B> {
    pub(crate) async fn open(table: &'a Table, from: &'a mut A, to: &'a mut B) -> Result<Self, BackupError> {
        Ok(Self { table, from: Cursor::open(from, table).await?, to: Cursor::open(to, table).await?, seen: 0 })
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Difference>, BackupError> {
        loop {
            self.from.fill().await?;
            self.to.fill().await?;
            let order = match (self.from.front(), self.to.front()) {
                (None, None) => return Ok(None),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(from), Some(to)) => self.table.key_of(from).cmp(self.table.key_of(to)),
            };
            let from = if order == Ordering::Greater { None } else { self.from.take() };
            let to = if order == Ordering::Less { None } else { self.to.take() };
            self.seen += u64::from(from.is_some());
            match (from, to) {
                (Some(from), Some(to)) if from == to => {}
                (Some(from), Some(to)) => return Ok(Some(Difference::Changed { from, to })),
                (Some(row), None) => return Ok(Some(Difference::Missing(row))),
                (None, Some(row)) => return Ok(Some(Difference::Extra(row))),
                (None, None) => return Ok(None),
            }
        }
    }
}

/// Compares all `tables` and tells each difference; gives the number of rows of `from`.
pub async fn compare(
    tables: &[Table],
    from: &mut impl RowSource,
    to: &mut impl RowSource,
    tell: &mut dyn FnMut(&Table, &Difference),
) -> Result<u64, BackupError> {
    let mut rows = 0;
    for table in tables {
        let mut merge = Merge::open(table, from, to).await?;
        while let Some(difference) = merge.next().await? {
            tell(table, &difference);
        }
        rows += merge.seen;
    }
    Ok(rows)
}
