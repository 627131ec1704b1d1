//! Which value of a row belongs to which column.

use crate::reader::Context;
use crate::sql::definition::Definition;
use crate::values::{Form, Values};
use crate::{Charset, Column, Kind, Table, Warning};

/// The columns of one kind of statement, in the order of its values.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The table with exactly these columns.
    pub table: Table,
    /// Columns whose quoted values are bytes, not text.
    binary: Vec<usize>,
    /// The column that says until when a row was valid.
    row_end: Option<usize>,
    /// Where in the file's list of tables it stands.
    pub index: usize,
}

impl Layout {
    /// For a statement that lists its columns.
    pub fn listed(definition: &Definition, names: &[String], index: usize, charset: Charset) -> Layout {
        let columns = names
            .iter()
            .map(|name| match definition.table.column(name).and_then(|at| definition.table.columns.get(at)) {
                Some(column) => Column { name: name.clone(), ..column.clone() },
                None => Column { charset, ..Column::named(name) },
            })
            .collect();
        // --dump-history adds these two to the list, though they are not in the definition.
        let row_end = definition
            .row_end
            .and_then(|end| definition.table.columns.get(end))
            .map_or("row_end", |column| &column.name);
        let undefined = definition.table.column("row_end").is_none() && names.iter().any(|name| name == "row_start");
        let historic = definition.versioned || definition.row_end.is_some() || undefined;
        let row_end = names.iter().position(|name| historic && name == row_end);
        Layout::new(Table { columns, columns_named: true, ..definition.table.clone() }, row_end, index)
    }

    /// For a statement without a list, by its first row: mariadb-dump writes the generated columns' values too, the sqlite3 program does not.
    pub fn counted(
        definition: &Definition,
        first: &Values,
        context: &mut Context,
        index: usize,
        charset: Charset,
    ) -> Result<Layout, String> {
        let table = &definition.table;
        let count = first.len();
        if !table.columns_named {
            let mut table = table.clone();
            context.assume(&mut table, first);
            let columns = table.columns.into_iter().map(|column| column.in_charset(charset)).collect();
            return Ok(Layout::new(Table { columns, ..table }, None, index));
        }
        if table.columns.len() == count {
            return Ok(Layout::new(table.clone(), definition.row_end, index));
        }
        // sqlite3 leaves generated columns out, mydumper invisible ones.
        let visible = |column: &&Column| !definition.invisible.contains(&column.name);
        let stored = |column: &&Column| !column.generated;
        let some: [Vec<Column>; 3] = [
            table.columns.iter().filter(stored).cloned().collect(),
            table.columns.iter().filter(visible).cloned().collect(),
            table.columns.iter().filter(stored).filter(visible).cloned().collect(),
        ];
        if let Some(columns) = some.into_iter().find(|columns| columns.len() == count) {
            return Ok(Layout::new(Table { columns, ..table.clone() }, None, index));
        }
        Err(format!("a row of {count} values for the {} columns of {:?}", table.columns.len(), table.label()))
    }

    fn new(table: Table, row_end: Option<usize>, index: usize) -> Layout {
        let is_binary = |column: &Column| matches!(column.kind, Kind::Binary | Kind::Bit(_));
        let binary =
            table.columns.iter().enumerate().filter(|(_, column)| is_binary(column)).map(|(at, _)| at).collect();
        Layout { table, binary, row_end, index }
    }

    /// The same, in a file whose session is in UTC or in a zone that nobody names.
    pub fn zoned(mut self, utc: bool, context: &mut Context) -> Layout {
        for column in self.table.columns.iter_mut().filter(|column| column.kind == Kind::Timestamp) {
            column.utc |= utc;
            if !column.utc {
                context.warn(Warning::ZoneUnknown);
            }
        }
        self
    }

    /// Makes the quoted values of binary columns bytes; or nothing, where the writer cut them at their first zero.
    #[inline]
    pub fn settle(&self, values: &mut Values, lost: bool) {
        for at in &self.binary {
            if let Some(crate::Raw::Text(_)) = values.get(*at) {
                values.set_form(*at, if lost { Form::Lost } else { Form::Bytes });
            }
        }
    }

    /// Whether the row was changed or deleted since: its validity ended before the end of all timestamps.
    #[inline]
    pub fn is_past(&self, values: &Values) -> bool {
        let Some(crate::Raw::Text(end)) = self.row_end.and_then(|at| values.get(at)) else { return false };
        end < &b"2038-01-18"[..]
    }
}
