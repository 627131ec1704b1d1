//! What a source cannot tell, so that somebody can decide instead of a reader that guesses.

use std::fmt;

/// Something about a source that its reader wants known. Whoever shows a plan shows these.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// The file has no column names; they were assumed by their number.
    ColumnsAssumed {
        /// The table they were taken from.
        table: String,
    },
    /// The file has no column names, and nothing fits.
    ColumnsUnnamed {
        /// How many there are.
        count: usize,
    },
    /// All values are texts: whether one is a number, bytes or a flag is decided by whoever reads it.
    NoTypes {
        /// The format.
        format: &'static str,
    },
    /// NULL and a text look alike in this format; such values are `Raw::NullOrText`.
    NullOrText {
        /// The format.
        format: &'static str,
        /// What NULL looks like: the word, or nothing.
        looks: &'static str,
    },
    /// Binary values are damaged by this format and cannot be had from it.
    BinaryLost {
        /// The format.
        format: &'static str,
        /// How.
        how: &'static str,
    },
    /// Characters beyond what the connection could carry have become question marks inside the file.
    CharactersLost {
        /// The connection's character set.
        charset: &'static str,
        /// How many values have a question mark.
        values: u64,
    },
    /// The file does not name its character set: its texts are UTF-8 where they can be, else latin1.
    CharsetUnstated {
        /// The file.
        file: String,
    },
    /// Times stand in the zone of the old server, which the file does not name.
    ZoneUnknown,
    /// The writer ends its files with a mark, and this file has none: it may be cut.
    EndMissing {
        /// The file.
        file: String,
        /// The mark.
        mark: &'static str,
    },
    /// Rows of the past were left out (`--dump-history`).
    HistorySkipped {
        /// The table.
        table: String,
        /// How many.
        rows: u64,
    },
    /// Written on a server with NO_BACKSLASH_ESCAPES by a program that does not know it; the ends of texts were inferred.
    EscapesInferred {
        /// The file.
        file: String,
    },
    /// A statement that is no data was passed over.
    StatementSkipped {
        /// Its first words.
        statement: String,
        /// How many.
        count: u64,
    },
    /// Digits are lost in this format: decimals and large numbers became floating point.
    DigitsLost {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Line breaks were changed by the writer.
    LineBreaksChanged {
        /// The format.
        format: &'static str,
    },
    /// Part of the source was left unread.
    NotRead {
        /// The file or table.
        what: String,
        /// Why.
        why: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::ColumnsAssumed { table } => {
                write!(f, "the file names no columns: taken for those of {table:?}, in its order")
            }
            Warning::ColumnsUnnamed { count } => write!(f, "the file names none of its {count} columns"),
            Warning::NoTypes { format } => write!(f, "{format} has no types: all values are texts"),
            Warning::NullOrText { format, looks } => write!(f, "in {format}, NULL cannot be told from {looks}"),
            Warning::BinaryLost { format, how } => write!(f, "{format}: binary values are lost: {how}"),
            Warning::CharactersLost { charset, values } => {
                write!(
                    f,
                    "written over a {charset} connection: other characters have become \"?\"; {values} values have one"
                )
            }
            Warning::CharsetUnstated { file } => {
                write!(f, "{file} does not name its character set: read as UTF-8, or latin1 where it is not that")
            }
            Warning::ZoneUnknown => {
                f.write_str("timestamps are in the old server's zone, which the source does not name")
            }
            Warning::EndMissing { file, mark } => {
                write!(f, "{file}: the closing line {mark:?} is missing; the file may be cut")
            }
            Warning::HistorySkipped { table, rows } => {
                write!(f, "{rows} rows of {table:?} are history (changed or deleted since) and were left out")
            }
            Warning::EscapesInferred { file } => {
                write!(f, "{file}: written on a server with NO_BACKSLASH_ESCAPES; the ends of its texts were inferred")
            }
            Warning::StatementSkipped { statement, count } => {
                write!(f, "{count} statements {statement:?} are no data and were passed over")
            }
            Warning::DigitsLost { table, column } => {
                write!(f, "{table:?}.{column:?} is floating point here: digits may be lost")
            }
            Warning::LineBreaksChanged { format } => write!(f, "{format} changes line breaks inside values"),
            Warning::NotRead { what, why } => write!(f, "{what} was not read: {why}"),
        }
    }
}
