//! A row as somebody reads it who knows what its columns mean: values by name, and a note wherever the source leaves a doubt.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::{Moment, Position, Raw, Row, Value, ValueError};

/// The values of one row, by column name.
pub struct Fields<'r> {
    row: Row<'r>,
    notes: Vec<String>,
}

impl<'r> Fields<'r> {
    /// Those of a row.
    pub fn of(row: Row<'r>) -> Self {
        Self { row, notes: Vec::new() }
    }

    /// Where the row stands, for people.
    pub fn place(&self) -> String {
        format!("{}, row {}", self.row.table().label(), self.row.position().row)
    }

    /// The doubts there were so far.
    pub fn into_notes(self) -> Vec<String> {
        self.notes
    }

    /// Adds a doubt.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// A text; what may be NULL or a text is taken for NULL, with a note.
    pub fn text(&mut self, column: &str) -> Result<Option<String>, ValueError> {
        let value = self.row.value(column)?;
        self.text_of(value)
    }

    /// A text of a column that some sources lack.
    pub fn find_text(&mut self, column: &str) -> Result<Option<String>, ValueError> {
        match self.row.find(column) {
            Some(value) => self.text_of(value),
            None => Ok(None),
        }
    }

    fn text_of(&mut self, value: Value<'r>) -> Result<Option<String>, ValueError> {
        if let Raw::NullOrText(_) = value.raw()
            && value.column().nullable != Some(false)
        {
            self.note(format!("{} is NULL or a text, the file does not tell: taken for NULL", value.column().name));
            return Ok(None);
        }
        Ok(value.text()?.map(Cow::into_owned))
    }

    /// A whole number of 64 bits.
    pub fn integer(&self, column: &str) -> Result<Option<i64>, ValueError> {
        let value = self.value(column)?;
        let number = value.integer()?;
        number.map(i64::try_from).transpose().map_err(|_| value.error("a number that is too large"))
    }

    /// A flag; NULL is none.
    pub fn flag(&self, column: &str) -> Result<bool, ValueError> {
        Ok(self.value(column)?.flag()?.unwrap_or(false))
    }

    /// What the clock on the wall showed; the zero date is none.
    pub fn wall_clock(&self, column: &str) -> Result<Option<DateTime>, ValueError> {
        Ok(match self.value(column)?.moment()? {
            None | Some(Moment::Zero) => None,
            Some(Moment::Local(time)) => Some(time),
            Some(Moment::Instant(instant)) => Some(instant.to_zoned(TimeZone::UTC).datetime()),
        })
    }

    /// An instant in Unix milliseconds; a wall clock is read in `zone`, and the zero date is none.
    pub fn millis(&self, column: &str, zone: &TimeZone) -> Result<Option<i64>, ValueError> {
        let value = self.value(column)?;
        match value.moment()? {
            None | Some(Moment::Zero) => Ok(None),
            Some(Moment::Instant(instant)) => Ok(Some(instant.as_millisecond())),
            Some(Moment::Local(time)) => {
                let instant = zone.to_timestamp(time).map_err(|_| value.error("no time of this zone"))?;
                Ok(Some(instant.as_millisecond()))
            }
        }
    }

    /// A whole number of a column that some sources lack.
    pub fn find_integer(&self, column: &str) -> Result<Option<i64>, ValueError> {
        if self.has(column) { self.integer(column) } else { Ok(None) }
    }

    /// A flag of a column that some sources lack; NULL is `None` as well.
    pub fn find_flag(&self, column: &str) -> Result<Option<bool>, ValueError> {
        if self.has(column) { self.value(column)?.flag() } else { Ok(None) }
    }

    /// An instant of a column that some sources lack, as [`Fields::millis`].
    pub fn find_millis(&self, column: &str, zone: &TimeZone) -> Result<Option<i64>, ValueError> {
        if self.has(column) { self.millis(column, zone) } else { Ok(None) }
    }

    /// Whether the row has such a column.
    pub fn has(&self, column: &str) -> bool {
        self.row.find(column).is_some()
    }

    /// The names of its columns.
    pub fn names(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        self.row.table().columns.iter().map(|column| column.name.as_str())
    }

    /// Where the row is.
    pub fn position(&self) -> Position {
        self.row.position()
    }

    fn value(&self, column: &str) -> Result<Value<'r>, ValueError> {
        Ok(self.row.value(column)?.null_if_ambiguous())
    }
}
