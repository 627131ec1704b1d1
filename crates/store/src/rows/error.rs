//! Why rows could not be moved.

use crate::error::without_values;

/// Why rows could not be read or written. The texts are the database's own, without the values it quotes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    /// No connection.
    #[error("cannot connect to the database: {0}")]
    Connect(String),
    /// The database refused or went away.
    #[error("{doing}: {cause}")]
    Database {
        /// What it was asked for.
        doing: String,
        /// Its own words.
        cause: String,
    },
    /// A column holds what none of its kind can hold.
    #[error("the table {0} holds a value that is none of its column's kind")]
    Value(&'static str),
}

impl RowsError {
    pub(super) fn database(doing: &str, cause: &str) -> Self {
        Self::Database { doing: doing.to_owned(), cause: without_values(cause) }
    }
}
