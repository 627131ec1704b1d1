//! The tables of a source as far as a suggestion needs them: what their columns hold, and some rows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;

use dragoman_legacy::{Column, Kind, Row, Source};

use super::shape::Shape;

/// Tables that are looked at.
const TABLES: usize = 500;
/// Rows of a table that are kept, to try common passwords on.
const ROWS: usize = 200;
/// Longest value that is looked at, in bytes.
const VALUE: usize = 256;
/// Values of which a column is still a choice between few.
const FEW: usize = 12;
/// Values that are remembered to see whether they repeat.
const REMEMBERED: usize = 5_000;

/// A table.
pub(super) struct TableSample {
    pub name: String,
    pub rows: u64,
    pub columns: Vec<ColumnSample>,
    /// The first rows, by the columns' places; what is NULL or too long is the empty text.
    pub first: Vec<Vec<String>>,
}

/// A column.
#[derive(Default)]
pub(super) struct ColumnSample {
    pub name: String,
    /// The type as the source declares it.
    pub declared: String,
    /// A timestamp that the source has in UTC.
    pub utc: bool,
    /// Rows in which it is neither NULL nor empty.
    pub filled: u64,
    shapes: HashMap<Shape, u64>,
    /// Its values with their number, while they are few.
    few: BTreeMap<String, u64>,
    are_many: bool,
    seen: HashSet<u64>,
    /// How many came again, of those remembered.
    pub repeated: u64,
    /// Values with a Han character.
    pub han: u64,
}

impl ColumnSample {
    fn of(column: &Column) -> Self {
        let utc = column.utc || column.kind == Kind::Timestamp;
        Self { name: column.name.clone(), declared: column.declared.clone(), utc, ..Self::default() }
    }

    /// The share of its filled values that have this shape.
    pub fn share(&self, shape: Shape) -> f64 {
        self.shapes.get(&shape).copied().unwrap_or(0) as f64 / self.filled.max(1) as f64
    }

    /// Its values with their number, if they are few.
    pub fn choices(&self) -> Option<&BTreeMap<String, u64>> {
        (!self.are_many && !self.few.is_empty()).then_some(&self.few)
    }

    /// Its name in small letters, without underscores and the like.
    pub fn plain_name(&self) -> String {
        self.name.to_lowercase().chars().filter(|sign| sign.is_alphanumeric()).collect()
    }

    fn add(&mut self, text: &str, hasher: &RandomState) {
        if text.is_empty() {
            return;
        }
        self.filled += 1;
        *self.shapes.entry(Shape::of(text)).or_default() += 1;
        self.han += u64::from(text.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign)));
        if self.seen.len() < REMEMBERED && !self.seen.insert(hasher.hash_one(text)) {
            self.repeated += 1;
        }
        if self.are_many {
            return;
        }
        *self.few.entry(text.to_owned()).or_default() += 1;
        if self.few.len() > FEW || text.len() > 32 {
            self.are_many = true;
            self.few.clear();
        }
    }
}

/// Reads all tables.
pub(super) fn read(source: &mut Source) -> Result<Vec<TableSample>, String> {
    let (hasher, mut tables) = (RandomState::new(), Vec::<TableSample>::new());
    let mut known: HashMap<String, usize> = HashMap::new();
    let result = source.read(&[], &mut |row| {
        let name = row.table().label();
        let place = match known.get(name) {
            Some(place) => *place,
            None if tables.len() == TABLES => return ControlFlow::Continue(()),
            None => {
                known.insert(name.to_owned(), tables.len());
                tables.push(TableSample::of(&row));
                tables.len() - 1
            }
        };
        if let Some(table) = tables.get_mut(place) {
            table.add(&row, &hasher);
        }
        ControlFlow::Continue(())
    });
    result.map_err(|error| error.to_string())?;
    Ok(tables)
}

impl TableSample {
    fn of(row: &Row<'_>) -> Self {
        let columns = row.table().columns.iter().map(ColumnSample::of).collect();
        Self { name: row.table().label().to_owned(), rows: 0, columns, first: Vec::new() }
    }

    fn add(&mut self, row: &Row<'_>, hasher: &RandomState) {
        self.rows += 1;
        let mut texts = Vec::new();
        for (value, column) in row.values().zip(&mut self.columns) {
            // What is no text, or damaged, tells nothing.
            let text = value.null_if_ambiguous().text().unwrap_or_default().unwrap_or_default();
            let text = if text.len() <= VALUE { text.into_owned() } else { String::new() };
            column.add(&text, hasher);
            texts.push(text);
        }
        if self.first.len() < ROWS {
            self.first.push(texts);
        }
    }
}
