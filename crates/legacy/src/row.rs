//! A row.

use crate::values::Values;
use crate::{Position, Table, Value, ValueError};

/// A row of a table, valid until the next one is read.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    values: &'a Values,
    position: Position,
}

impl<'a> Row<'a> {
    pub(crate) fn new(table: &'a Table, values: &'a Values, position: Position) -> Row<'a> {
        Row { table, values, position }
    }

    /// The table, whose columns are those of this row, in order.
    pub fn table(&self) -> &'a Table {
        self.table
    }

    /// Where it is.
    pub fn position(&self) -> Position {
        self.position
    }

    /// The value of the column with this name (see [`Table::column`]).
    pub fn value(&self, column: &str) -> Result<Value<'a>, ValueError> {
        self.find(column).ok_or_else(|| ValueError {
            table: self.table.label().to_owned(),
            row: self.position.row,
            column: column.to_owned(),
            what: ValueError::NO_COLUMN,
        })
    }

    /// The value of the column with this name, if there is such a column.
    pub fn find(&self, column: &str) -> Option<Value<'a>> {
        self.at(self.table.column(column)?)
    }

    /// The value at a place, counted from 0.
    pub fn at(&self, index: usize) -> Option<Value<'a>> {
        let (column, raw) = (self.table.columns.get(index)?, self.values.get(index)?);
        Some(Value { raw, column, table: self.table.label(), position: self.position })
    }

    /// All values, in the order of the table's columns.
    pub fn values(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let row = *self;
        (0..row.table.columns.len()).filter_map(move |index| row.at(index))
    }
}
