//! What can be wrong with an old database, and where.

use std::fmt;

/// A source that cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum LegacyError {
    /// The file or folder cannot be opened or read.
    #[error("{file}: {cause}")]
    Unreadable {
        /// The path as given.
        file: String,
        /// What the operating system or the decompressor says.
        cause: std::io::Error,
    },
    /// Nothing that any reader knows.
    #[error("{file}: {why}")]
    NotRecognised {
        /// The path as given.
        file: String,
        /// What was seen instead.
        why: String,
    },
    /// The writer is known, and what it writes cannot be read back without guessing.
    #[error("{file}: this is {writer}: {why}")]
    Refused {
        /// The path as given.
        file: String,
        /// The program and the form of its output.
        writer: &'static str,
        /// What is lost in this form, and what to export instead.
        why: &'static str,
    },
    /// The content breaks the rules of its format.
    #[error("{place}: {what}")]
    Malformed {
        /// Where.
        place: Box<Place>,
        /// What was expected or found.
        what: String,
    },
    /// A table has no column of a name that it should have: it is another program's.
    #[error("{0}")]
    Column(ValueError),
    /// The live server refuses, or the connection broke.
    #[error("the old database server: {0}")]
    Server(String),
}

/// Where in a source something is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, or the member of an archive.
    pub file: String,
    /// Bytes from the start of the (unpacked) file.
    pub offset: Option<u64>,
    /// The table being read.
    pub table: Option<String>,
    /// Its row, counted from 1.
    pub row: Option<u64>,
    /// The line of a file that has a row a line, counted from 1.
    pub line: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(offset) = self.offset {
            write!(f, ", byte {offset}")?;
        }
        if let Some(table) = &self.table {
            write!(f, ", table {table:?}")?;
        }
        if let Some(row) = self.row {
            write!(f, ", row {row}")?;
        }
        match self.line {
            Some(line) => write!(f, ", line {line}"),
            None => Ok(()),
        }
    }
}

impl ValueError {
    pub(crate) const NO_COLUMN: &str = "the source has no such column";

    /// The error, if it is of one row; one of the whole table stops its reading ([`crate::Source::read_known`]).
    ///
    /// # Errors
    /// The same error, if the column is missing.
    pub fn of_row(self) -> Result<Self, Self> {
        if self.what == Self::NO_COLUMN { Err(self) } else { Ok(self) }
    }
}

/// A value that is not what its reader asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table {table:?}, row {row}, column {column:?}: {what}")]
pub struct ValueError {
    /// The table.
    pub table: String,
    /// The row, counted from 1.
    pub row: u64,
    /// The column, or the name that was asked for.
    pub column: String,
    /// What is wrong with it. Never the value itself: it may be a secret.
    pub what: &'static str,
}

/// The sentence for somebody who gave another program's database; a file that does not read is told as it is.
pub fn foreign_table(error: LegacyError, whose: &str) -> String {
    match error {
        LegacyError::Column(missing) => format!("{missing}: is this {whose} database?"),
        other => other.to_string(),
    }
}
