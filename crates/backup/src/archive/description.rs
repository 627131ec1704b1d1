//! Which tables a backup holds, and how they become this program's.

use dragoman_store::rows::{Kind, Row, Table, Value};
use serde::{Deserialize, Serialize};

use crate::BackupError;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    /// The program that wrote it.
    pub(crate) program: String,
    /// When, in milliseconds.
    pub(crate) made_at: i64,
    pub(crate) tables: Vec<DescribedTable>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DescribedTable {
    pub(crate) name: String,
    pub(crate) key: usize,
    pub(crate) columns: Vec<DescribedColumn>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DescribedColumn {
    name: String,
    kind: String,
}

impl Description {
    pub(crate) fn of(tables: &[Table], program: &str, made_at: i64) -> Self {
        let column = |column: &dragoman_store::rows::Column| DescribedColumn {
            name: column.name.to_owned(),
            kind: spelt(column.kind).to_owned(),
        };
        let table = |table: &Table| DescribedTable {
            name: table.name.to_owned(),
            key: table.key,
            columns: table.columns.iter().map(column).collect(),
        };
        Self { program: program.to_owned(), made_at, tables: tables.iter().map(table).collect() }
    }

    /// How rows of each described table become rows of this program's.
    pub(crate) fn fit(&self, tables: &[Table]) -> Result<Vec<Fit>, BackupError> {
        self.tables.iter().map(|described| described.fit(tables)).collect()
    }
}

/// Where a table's values go.
pub(crate) struct Fit {
    pub(crate) table: Table,
    /// For each column of the table its place in the row of the backup; a column that is newer than the backup has none.
    places: Vec<Option<usize>>,
}

impl Fit {
    /// The row as this program's table has it.
    pub(crate) fn row(&self, mut row: Row) -> Result<Row, BackupError> {
        let mut take = |place: &Option<usize>| match place.and_then(|place| row.get_mut(place)) {
            Some(value) => std::mem::replace(value, Value::Null),
            None => Value::Null,
        };
        let row: Row = self.places.iter().map(&mut take).collect();
        if self.table.fits(&row) {
            Ok(row)
        } else {
            Err(BackupError::damaged(format!("a row does not fit {}", self.table.name)))
        }
    }
}

impl DescribedTable {
    fn fit(&self, tables: &[Table]) -> Result<Fit, BackupError> {
        let foreign = |what: String| BackupError::Foreign(format!("{what}; was it made by a newer one?"));
        let table = tables.iter().find(|table| table.name == self.name);
        let table = table.ok_or_else(|| foreign(format!("it has a table {:?}", self.name)))?;
        let is_known = |column: &DescribedColumn| {
            table.columns.iter().any(|own| own.name == column.name && spelt(own.kind) == column.kind)
        };
        if let Some(column) = self.columns.iter().find(|column| !is_known(column)) {
            return Err(foreign(format!("it has a column {:?} in {}", column.name, self.name)));
        }
        let place = |name: &str| self.columns.iter().position(|column| column.name == name);
        let places: Vec<_> = table.columns.iter().map(|column| place(column.name)).collect();
        let lacks =
            |(column, place): (&dragoman_store::rows::Column, &Option<usize>)| place.is_none() && !column.nullable;
        if self.key != table.key || table.columns.iter().zip(&places).any(lacks) {
            return Err(BackupError::Foreign(format!("its table {} lacks a column", self.name)));
        }
        Ok(Fit { table: table.clone(), places })
    }
}

fn spelt(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "bool",
        Kind::SmallInt => "small",
        Kind::Integer => "integer",
        Kind::BigInt => "big",
        Kind::Text => "text",
        Kind::Bytes => "bytes",
    }
}
