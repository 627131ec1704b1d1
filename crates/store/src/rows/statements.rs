//! The statements that move rows, for the three engines.

use super::table::{Column, Table};
use crate::Backend;

/// How names are written and parameters are marked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect(pub(super) Backend);

impl Dialect {
    pub(super) fn name(self, name: &str) -> String {
        if self.0 == Backend::Mysql { format!("`{name}`") } else { format!("\"{name}\"") }
    }

    fn names(self, columns: &[Column]) -> String {
        let names: Vec<String> = columns.iter().map(|column| self.name(column.name)).collect();
        names.join(", ")
    }

    fn parameter(self, number: usize) -> String {
        if self.0 == Backend::Postgres { format!("${number}") } else { "?".to_owned() }
    }

    /// All rows in the order of their key.
    pub(super) fn rows(self, table: &Table) -> String {
        format!(
            "SELECT {} FROM {} ORDER BY {}",
            self.names(&table.columns),
            self.name(table.name),
            self.names(table.key_columns())
        )
    }

    /// The rows behind a key, whose parameters are those of [`Dialect::behind`]. For SQLite and MySQL.
    pub(super) fn page(self, table: &Table, after: bool, limit: usize) -> String {
        let condition = match (after, self.0) {
            (false, _) => "1 = 1".to_owned(),
            (true, Backend::Mysql) => self.spelt_out(table.key_columns()),
            (true, _) => {
                let marks = vec!["?"; table.key].join(", ");
                format!("({}) > ({marks})", self.names(table.key_columns()))
            }
        };
        format!(
            "SELECT {} FROM {} WHERE {condition} ORDER BY {} LIMIT {limit}",
            self.names(&table.columns),
            self.name(table.name),
            self.names(table.key_columns())
        )
    }

    /// `a > ? OR (a = ? AND b > ?)`: MySQL uses its index for this, and not for `(a, b) > (?, ?)`.
    fn spelt_out(self, key: &[Column]) -> String {
        let alternative = |(place, column): (usize, &Column)| {
            let equal = key.iter().take(place).map(|before| format!("{} = ?", self.name(before.name)));
            let terms: Vec<String> = equal.chain([format!("{} > ?", self.name(column.name))]).collect();
            format!("({})", terms.join(" AND "))
        };
        let alternatives: Vec<String> = key.iter().enumerate().map(alternative).collect();
        alternatives.join(" OR ")
    }

    /// The parameters of [`Dialect::page`] after `key`.
    pub(super) fn behind<T: Clone>(self, key: &[T]) -> Vec<T> {
        match self.0 {
            Backend::Mysql => (1..=key.len()).flat_map(|length| key.iter().take(length).cloned()).collect(),
            _ => key.to_vec(),
        }
    }

    /// Inserts `rows` rows of parameters.
    pub(super) fn insert(self, table: &Table, rows: usize) -> String {
        let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
        self.insert_head(table) + &vec![row.as_str(); rows].join(", ")
    }

    /// An insertion up to its first row.
    pub(super) fn insert_head(self, table: &Table) -> String {
        format!("INSERT INTO {} ({}) VALUES ", self.name(table.name), self.names(&table.columns))
    }

    /// Deletes one row by its key.
    pub(super) fn delete(self, table: &Table) -> String {
        let terms: Vec<String> = table
            .key_columns()
            .iter()
            .enumerate()
            .map(|(place, column)| format!("{} = {}", self.name(column.name), self.parameter(place + 1)))
            .collect();
        format!("DELETE FROM {} WHERE {}", self.name(table.name), terms.join(" AND "))
    }

    pub(super) fn copy_out(self, table: &Table) -> String {
        format!("COPY ({}) TO STDOUT (FORMAT binary)", self.rows(table))
    }

    pub(super) fn copy_in(self, table: &Table) -> String {
        format!("COPY {} ({}) FROM STDIN (FORMAT binary)", self.name(table.name), self.names(&table.columns))
    }
}
