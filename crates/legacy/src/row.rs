//! A row: its values lie one behind the other in one buffer that the reader fills again for the next row.

use crate::{LARGEST_ROW, Raw, Table, Value, ValueError};

/// Where in its source a row is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// Bytes from the start of the (unpacked) file; 0 where there is no file.
    pub offset: u64,
    /// The row of its table, counted from 1.
    pub row: u64,
}

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
            what: "the source has no such column",
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

/// The values of one row.
#[derive(Debug, Default)]
pub(crate) struct Values {
    bytes: Vec<u8>,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    form: Form,
    start: usize,
    end: usize,
}

/// The form of a value: [`Raw`] without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Null,
    Text,
    Number,
    Bytes,
    NullOrText,
    Lost,
}

/// A row of more than [`LARGEST_ROW`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl Values {
    /// Makes room for the next row.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.cells.clear();
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Adds bytes to the value that [`Values::end`] will end.
    #[inline]
    pub fn extend(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        if self.bytes.len() + bytes.len() > LARGEST_ROW {
            return Err(TooLarge);
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Ends a value, which has all bytes added since the last one ended. A row has at most as many values as bytes.
    #[inline]
    pub fn end(&mut self, form: Form) -> Result<(), TooLarge> {
        if self.cells.len() >= LARGEST_ROW / size_of::<Cell>() {
            return Err(TooLarge);
        }
        let start = self.cells.last().map_or(0, |cell| cell.end);
        self.cells.push(Cell { form, start, end: self.bytes.len() });
        Ok(())
    }

    /// A whole value at once.
    #[inline]
    pub fn push(&mut self, form: Form, bytes: &[u8]) -> Result<(), TooLarge> {
        self.extend(bytes)?;
        self.end(form)
    }

    /// The bytes of the value that has not ended yet.
    pub fn open(&self) -> &[u8] {
        let start = self.cells.last().map_or(0, |cell| cell.end);
        self.bytes.get(start..).unwrap_or_default()
    }

    /// Takes the bytes of the value that has not ended yet away.
    pub fn discard(&mut self) {
        self.bytes.truncate(self.cells.last().map_or(0, |cell| cell.end));
    }

    /// The value at a place.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Raw<'_>> {
        let cell = self.cells.get(index)?;
        let bytes = self.bytes.get(cell.start..cell.end)?;
        Some(match cell.form {
            Form::Null => Raw::Null,
            Form::Text => Raw::Text(bytes),
            Form::Number => Raw::Number(bytes),
            Form::Bytes => Raw::Bytes(bytes),
            Form::NullOrText => Raw::NullOrText(bytes),
            Form::Lost => Raw::Lost,
        })
    }

    /// Changes what a value counts as.
    pub fn set_form(&mut self, index: usize, form: Form) {
        if let Some(cell) = self.cells.get_mut(index) {
            cell.form = form;
        }
    }

    /// Takes a value out of the row.
    pub fn remove(&mut self, index: usize) {
        if index < self.cells.len() {
            self.cells.remove(index);
        }
    }
}
