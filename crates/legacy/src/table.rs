//! Tables and columns, as far as a source describes them.

use crate::charset::Charset;

/// A table of the source, with the columns in the order in which its rows have their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The database, where the source names one.
    pub database: Option<String>,
    /// The name; of a source without table names (a CSV file), `None`.
    pub name: Option<String>,
    /// The columns. Where the source names none they are called `1`, `2`, ... and `columns_named` is false.
    pub columns: Vec<Column>,
    /// Whether the column names are the source's (or the caller's, see `ReadOptions::assumed`).
    pub columns_named: bool,
    /// How many rows it has, where that is known without reading them.
    pub rows: Option<u64>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The type as the source declares it, e.g. `bigint(20) unsigned`; empty if it does not.
    pub declared: String,
    /// What kind of type that is.
    pub kind: Kind,
    /// The character set the source has this column's text in.
    pub charset: Charset,
    /// Whether NULL is allowed, where the source says.
    pub nullable: Option<bool>,
    /// Whether its values are computed by the database.
    pub generated: bool,
    /// Of a TIMESTAMP: whether the source has it in UTC.
    pub utc: bool,
}

/// The kind of a declared type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// CHAR, VARCHAR, TEXT, ENUM, SET, JSON.
    Text,
    /// BINARY, VARBINARY, BLOB.
    Binary,
    /// BIT, with its width in bits.
    Bit(u16),
    /// Whole numbers, YEAR and booleans among them.
    Integer,
    /// DECIMAL, NUMERIC.
    Decimal,
    /// FLOAT, DOUBLE, REAL.
    Float,
    /// DATE, DATETIME: what the clock on the wall showed.
    DateTime,
    /// TIMESTAMP: an instant, shown in the zone of the session that wrote it.
    Timestamp,
    /// TIME: a duration.
    Time,
    /// Points and the like.
    Spatial,
    /// The source does not say.
    Unknown,
}

impl Table {
    /// A table with these columns, of which nothing but the kind is known: what a caller assumes of a source that names no columns.
    pub fn assumed(name: &str, columns: &[(&str, Kind)]) -> Table {
        let columns = columns.iter().map(|(name, kind)| Column { kind: *kind, ..Column::named(name) }).collect();
        Table { database: None, name: Some(name.to_owned()), columns, columns_named: true, rows: None }
    }

    /// A table without a name and without columns.
    pub(crate) fn nameless() -> Table {
        Table { database: None, name: None, columns: Vec::new(), columns_named: false, rows: None }
    }

    /// The place of a column: its exact name, or else the first that differs in letter case only.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.name == name)
            .or_else(|| self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name)))
    }

    /// Whether somebody who asks for `wanted` means this table: by `name` or `database.name`, without regard to letter case (old servers on
    /// Windows changed it), or as Django's `database_name`. A table without a name is meant by everybody.
    pub fn is_called(&self, wanted: &str) -> bool {
        let Some(name) = &self.name else { return true };
        if name.eq_ignore_ascii_case(wanted) {
            return true;
        }
        let Some(database) = &self.database else { return false };
        let (Some(first), Some(second)) = (wanted.get(..database.len()), wanted.get(database.len()..)) else {
            return false;
        };
        first.eq_ignore_ascii_case(database)
            && second.strip_prefix(['.', '_']).is_some_and(|rest| rest.eq_ignore_ascii_case(name))
    }

    /// The name for messages.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or("(no name)")
    }
}

impl Column {
    /// A column of which only the name is known.
    pub fn named(name: &str) -> Column {
        Column {
            name: name.to_owned(),
            declared: String::new(),
            kind: Kind::Unknown,
            charset: Charset::utf8(),
            nullable: None,
            generated: false,
            utc: false,
        }
    }

    /// The column in a file that has all its text in one character set.
    pub(crate) fn in_charset(self, charset: Charset) -> Column {
        let bytes = matches!(self.kind, Kind::Binary | Kind::Bit(_) | Kind::Spatial);
        Column { charset: if bytes { Charset::binary() } else { charset }, ..self }
    }

    /// The columns of a source that only has their number.
    pub(crate) fn numbered(count: usize) -> Vec<Column> {
        (1..=count).map(|number| Column::named(&number.to_string())).collect()
    }
}
