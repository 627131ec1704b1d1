//! The tables of a dump, as far as it has been read.

use crate::Table;
use crate::sql::Definition;
use std::collections::HashMap;

/// More tables than any old deployment has.
const MOST_TABLES: usize = 20_000;

/// The tables of a file, as far as it has been read.
#[derive(Default)]
pub(crate) struct Found {
    pub definitions: Vec<Definition>,
    places: HashMap<String, usize>,
    /// How many rows of each have been given out.
    pub rows: Vec<u64>,
    /// How many of each were of the past.
    pub past: Vec<u64>,
}

impl Found {
    /// The tables in the order of their definitions.
    pub fn tables(self) -> Vec<Table> {
        let mut kept: Vec<usize> = self.places.into_values().collect();
        kept.sort_unstable();
        kept.iter().filter_map(|at| self.definitions.get(*at)).map(|definition| definition.table.clone()).collect()
    }

    /// Where a table stands.
    pub fn place(&self, database: Option<&str>, name: &str) -> Option<usize> {
        self.places.get(&key(database, name)).copied()
    }

    /// A table, by its name from now on.
    pub fn add(&mut self, mut definition: Definition, database: Option<String>) -> usize {
        let key = key(database.as_deref(), definition.table.label());
        definition.table.database = database;
        let at = self.definitions.len();
        self.definitions.push(definition);
        self.rows.push(0);
        self.past.push(0);
        self.places.insert(key, at);
        at
    }

    /// Forgets a table: it was a stand-in for a view.
    pub fn remove(&mut self, database: Option<&str>, name: &str) {
        self.places.remove(&key(database, name));
    }

    /// Whether there is no room for another table.
    pub fn is_full(&self) -> bool {
        self.definitions.len() >= MOST_TABLES
    }
}

fn key(database: Option<&str>, name: &str) -> String {
    format!("{}\0{name}", database.unwrap_or_default())
}
