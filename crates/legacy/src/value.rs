//! One value of a row, and how it is asked for.

use crate::{Column, Kind, Moment, Position, ValueError, moment};
use std::borrow::Cow;

/// A value as the source has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raw<'a> {
    /// NULL.
    Null,
    /// A text, in the character set of its column.
    Text(&'a [u8]),
    /// A number as it was written.
    Number(&'a [u8]),
    /// Bytes; of a BIT column, its bits with the first byte highest.
    Bytes(&'a [u8]),
    /// NULL, or the text that looks like it: this format cannot tell.
    NullOrText(&'a [u8]),
    /// The writer damaged the value.
    Lost,
}

/// A value with all that is known of it. The getters give `Ok(None)` for NULL.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    pub(crate) raw: Raw<'a>,
    pub(crate) column: &'a Column,
    pub(crate) table: &'a str,
    pub(crate) position: Position,
}

impl<'a> Value<'a> {
    /// The value as the source has it.
    pub fn raw(&self) -> Raw<'a> {
        self.raw
    }

    /// The column.
    pub fn column(&self) -> &'a Column {
        self.column
    }

    /// Whether it is NULL for certain.
    pub fn is_null(&self) -> bool {
        self.raw == Raw::Null
    }

    /// What it would be if everything that may be NULL is NULL.
    pub fn null_if_ambiguous(self) -> Value<'a> {
        match self.raw {
            Raw::NullOrText(_) => Value { raw: Raw::Null, ..self },
            _ => self,
        }
    }

    /// What it would be if everything that may be a text is one.
    pub fn text_if_ambiguous(self) -> Value<'a> {
        match self.raw {
            Raw::NullOrText(text) => Value { raw: Raw::Text(text), ..self },
            _ => self,
        }
    }

    /// As text, decoded by the character set of its column.
    pub fn text(&self) -> Result<Option<Cow<'a, str>>, ValueError> {
        let Some(bytes) = self.plain()? else { return Ok(None) };
        let text = match self.raw {
            Raw::Number(_) | Raw::Bytes(_) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            _ => self.column.charset.decode(bytes),
        };
        text.map(Some).ok_or_else(|| self.error("not text in the column's character set"))
    }

    /// As bytes: those of a binary column, or a text's own.
    pub fn bytes(&self) -> Result<Option<&'a [u8]>, ValueError> {
        self.plain()
    }

    /// As a whole number: a number, the digits of one in a text, a number with nothing behind its point, the bits of a BIT column, `true`.
    pub fn integer(&self) -> Result<Option<i128>, ValueError> {
        let Some(bytes) = self.plain()? else { return Ok(None) };
        if let Kind::Bit(_) = self.column.kind
            && !matches!(self.raw, Raw::Number(_))
        {
            return self.bits(bytes).map(Some);
        }
        let number = match bytes {
            b"true" => Some(1),
            b"false" => Some(0),
            _ => std::str::from_utf8(bytes).ok().and_then(whole),
        };
        number.map(Some).ok_or_else(|| self.error("not a whole number"))
    }

    /// As a flag: 0 or 1 in any of the forms of [`Value::integer`], or one byte that is 0 or 1.
    pub fn flag(&self) -> Result<Option<bool>, ValueError> {
        match self.plain()? {
            None => Ok(None),
            Some([0]) => Ok(Some(false)),
            Some([1]) => Ok(Some(true)),
            Some(_) => match self.integer()? {
                None => Ok(None),
                Some(0) => Ok(Some(false)),
                Some(1) => Ok(Some(true)),
                Some(_) => Err(self.error("neither 0 nor 1")),
            },
        }
    }

    /// As a date and time, in any of the spellings that databases and their exporters have for one.
    pub fn moment(&self) -> Result<Option<Moment>, ValueError> {
        let Some(bytes) = self.plain()? else { return Ok(None) };
        let text = std::str::from_utf8(bytes).ok();
        let moment = text.and_then(moment::parse).map(|moment| if self.column.utc { moment.in_utc() } else { moment });
        moment.map(Some).ok_or_else(|| self.error("not a date and time"))
    }

    /// A [`ValueError`] about this value, for callers with rules of their own.
    pub fn error(&self, what: &'static str) -> ValueError {
        ValueError { table: self.table.to_owned(), row: self.position.row, column: self.column.name.clone(), what }
    }

    fn plain(&self) -> Result<Option<&'a [u8]>, ValueError> {
        match self.raw {
            Raw::Null => Ok(None),
            Raw::Text(bytes) | Raw::Number(bytes) | Raw::Bytes(bytes) => Ok(Some(bytes)),
            Raw::NullOrText(text) if self.column.nullable == Some(false) => Ok(Some(text)),
            Raw::NullOrText(_) => Err(self.error("NULL or a text: this format does not tell")),
            Raw::Lost => Err(self.error("damaged by the program that wrote the file")),
        }
    }

    /// The bits of a BIT column: some writers have them as bytes, some as decimal text; digits are bytes only where the width allows it.
    fn bits(&self, bytes: &[u8]) -> Result<i128, ValueError> {
        if bytes.len() > 8 {
            return Err(self.error("more than 64 bits"));
        }
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | i128::from(*byte)))
    }
}

/// `12`, `-3`, `+4`, `007`, `1.0`.
fn whole(text: &str) -> Option<i128> {
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if zeros.bytes().all(|digit| digit == b'0') => digits,
        Some(_) => return None,
        None => text,
    };
    digits.parse().ok()
}
