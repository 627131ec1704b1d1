//! Rows that name their own columns (JSON objects, XML elements): the table that each makes.

use crate::values::Values;
use crate::{Column, Kind, Table};
use std::collections::HashMap;

/// The names of the row being read, and the table that the last row made. Usually they agree.
pub(crate) struct Shape {
    table: Table,
    names: Vec<Vec<u8>>,
    count: usize,
    agrees: bool,
    /// Kinds that the caller knows of columns of which the source tells none.
    kinds: HashMap<String, Kind>,
    assumed: Vec<Table>,
    /// The last row's table, as the source names it.
    base: Option<String>,
}

impl Shape {
    pub fn new(assumed: &[Table]) -> Shape {
        let columns = assumed.iter().flat_map(|table| &table.columns);
        let kinds = columns.map(|column| (column.name.clone(), column.kind)).collect();
        Shape {
            table: Table::nameless(),
            names: Vec::new(),
            count: 0,
            agrees: true,
            kinds,
            assumed: assumed.to_vec(),
            base: None,
        }
    }

    /// Begins a row.
    pub fn begin(&mut self) {
        self.count = 0;
    }

    /// The name of the row's next value. False if the row has it already.
    pub fn name(&mut self, name: &[u8]) -> bool {
        let place = self.count;
        self.count += 1;
        match self.names.get_mut(place) {
            Some(known) if known == name => return true,
            Some(known) => {
                known.clear();
                known.extend_from_slice(name);
            }
            None => self.names.push(name.to_vec()),
        }
        self.agrees = false;
        !self.names.iter().take(place).any(|other| other == name)
    }

    /// The table of this row: `base`, with exactly these columns.
    pub fn table(&mut self, base: &Table, values: &Values) -> &Table {
        let same_base = self.base == base.name && self.table.database == base.database;
        if !self.agrees || !same_base || self.table.columns.len() != values.len() {
            self.names.truncate(self.count);
            self.base.clone_from(&base.name);
            let column = |name: &Vec<u8>| {
                let name = String::from_utf8_lossy(name);
                match base.columns.iter().find(|column| column.name == name) {
                    Some(column) => column.clone(),
                    None => {
                        let kind = self.kinds.get(&*name).copied().unwrap_or(Kind::Unknown);
                        Column { kind, ..Column::named(&name) }
                    }
                }
            };
            let columns = self.names.iter().map(column).collect();
            let table = Table { columns, columns_named: true, ..base.clone() };
            self.table = table.named_after(&self.assumed);
            self.agrees = true;
        }
        &self.table
    }
}
