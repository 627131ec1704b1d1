//! Records of separated values.

use crate::delimited::style::{Null, Style};
use crate::values::{Form, TooLarge, Values};
use crate::{Column, Kind, LegacyError, input::Input};

/// A reader of records.
pub(crate) struct Records {
    pub input: Input,
    style: Style,
    /// Whether the last record ended with the file instead of a line end.
    pub cut: bool,
}

/// What ended a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Field,
    Record,
}

impl Records {
    pub fn new(input: Input, style: Style) -> Records {
        Records { input, style, cut: false }
    }

    /// Takes a byte order mark.
    pub fn mark(&mut self) -> Result<(), LegacyError> {
        self.input.take_if(b"\xef\xbb\xbf").map(drop)
    }

    /// The next record; false at the end of the file. `columns`, where they are known, tell how the bytes of each are to be read.
    pub fn next(&mut self, columns: &[Column], values: &mut Values) -> Result<bool, LegacyError> {
        values.clear();
        if self.input.peek()?.is_none() {
            return Ok(false);
        }
        loop {
            let column = columns.get(values.len());
            if self.field(column, values)? == End::Record {
                return Ok(true);
            }
        }
    }

    fn field(&mut self, column: Option<&Column>, values: &mut Values) -> Result<End, LegacyError> {
        if let Some(Kind::Bit(width)) = column.map(|column| column.kind)
            && self.style.backslash
        {
            return self.raw_bits(width, values);
        }
        let two_byte = column.and_then(|column| column.charset.two_byte());
        if self.style.quoted && self.input.peek()? == Some(b'"') {
            self.input.take(1);
            self.in_quotes(two_byte, values)?;
            values.end(Form::Text).map_err(|error| self.too_large(error))?;
            return match self.end()? {
                Some(end) => Ok(end),
                None => Err(self.input.malformed("a separator was expected behind a field in quotes")),
            };
        }
        let (end, null) = self.bare(two_byte, values)?;
        let word = values.open() == b"NULL";
        let form = match self.style.null {
            _ if null => Form::Null,
            Null::Empty if values.open().is_empty() => Form::Null,
            Null::BareWord if word => Form::Null,
            Null::AnyWord if word => Form::NullOrText,
            Null::AnyEmpty if values.open().is_empty() => Form::NullOrText,
            _ => Form::Text,
        };
        if form == Form::Null {
            values.discard();
        }
        values.end(form).map_err(|error| self.too_large(error))?;
        Ok(end)
    }

    /// The separator, the end of the record or the end of the file, if that is what comes here.
    fn end(&mut self) -> Result<Option<End>, LegacyError> {
        let crlf = self.style.crlf;
        let (taken, end) = match *self.input.ahead(2)? {
            [] => {
                self.cut = true;
                (0, End::Record)
            }
            [byte, ..] if byte == self.style.separator => (1, End::Field),
            [b'\r', b'\n', ..] if crlf => (2, End::Record),
            [b'\n', ..] if !crlf => (1, End::Record),
            _ => return Ok(None),
        };
        self.input.take(taken);
        Ok(Some(end))
    }

    /// The rest of a field whose opening quote has been taken.
    fn in_quotes(&mut self, two_byte: Option<fn(u8) -> bool>, values: &mut Values) -> Result<(), LegacyError> {
        let backslash = self.style.backslash;
        loop {
            let window = self.input.window()?;
            let stop = window.iter().position(|byte| {
                *byte == b'"' || (backslash && *byte == b'\\') || two_byte.is_some_and(|first| first(*byte))
            });
            let stop = stop.unwrap_or(window.len());
            values.extend(window.get(..stop).unwrap_or_default()).map_err(|error| self.too_large(error))?;
            self.input.take(stop);
            let bare = self.style.bare_quotes;
            let closes = bare && self.closes()?;
            let taken = match *self.input.ahead(2)? {
                [] => return Err(self.input.malformed("a field without its closing quote")),
                [b'"', ..] if bare && !closes => values.extend(b"\"").map(|()| 1),
                [b'"', ..] if bare => {
                    self.input.take(1);
                    return Ok(());
                }
                [b'"', b'"', ..] => values.extend(b"\"").map(|()| 2),
                [b'"', ..] => {
                    self.input.take(1);
                    return Ok(());
                }
                [b'\\', next, ..] if backslash => values.extend(&[unescaped(next)]).map(|()| 2),
                [byte, next, ..] if two_byte.is_some_and(|first| first(byte)) => {
                    values.extend(&[byte, next]).map(|()| 2)
                }
                [byte, ..] if stop == 0 => values.extend(&[byte]).map(|()| 1),
                _ => Ok(0),
            };
            let taken = taken.map_err(|error| self.too_large(error))?;
            self.input.take(taken);
        }
    }

    /// Whether the quote here is one behind which a field can end: before a separator and another value, or before the end of the record.
    fn closes(&mut self) -> Result<bool, LegacyError> {
        let separator = self.style.separator;
        Ok(match *self.input.ahead(3)? {
            [_] | [_, b'\n', ..] | [_, b'\r', b'\n', ..] => true,
            [_, next, value, ..] => next == separator && matches!(value, b'"' | b'0'..=b'9' | b'-' | b'N'),
            _ => false,
        })
    }

    /// A field without quotes, with its end, and whether it was `\N`.
    fn bare(&mut self, two_byte: Option<fn(u8) -> bool>, values: &mut Values) -> Result<(End, bool), LegacyError> {
        let Style { separator, backslash, crlf, .. } = self.style;
        let mut null = false;
        loop {
            let window = self.input.window()?;
            let special = |byte: &u8| {
                *byte == separator
                    || *byte == b'\n'
                    || (crlf && *byte == b'\r')
                    || (backslash && *byte == b'\\')
                    || two_byte.is_some_and(|first| first(*byte))
            };
            let stop = window.iter().position(special).unwrap_or(window.len());
            null &= stop == 0;
            values.extend(window.get(..stop).unwrap_or_default()).map_err(|error| self.too_large(error))?;
            self.input.take(stop);
            if let Some(end) = self.end()? {
                return Ok((end, null));
            }
            let taken = match *self.input.ahead(2)? {
                [b'\\', b'N', ..] if backslash && values.open().is_empty() => {
                    null = true;
                    self.input.take(2);
                    continue;
                }
                [b'\\', next, ..] if backslash => values.extend(&[unescaped(next)]).map(|()| 2),
                [byte, next, ..] if two_byte.is_some_and(|first| first(byte)) => {
                    values.extend(&[byte, next]).map(|()| 2)
                }
                [byte, ..] => values.extend(&[byte]).map(|()| 1),
                [] => Ok(0),
            };
            let taken = taken.map_err(|error| self.too_large(error))?;
            if null {
                return Err(self.input.malformed("something behind the \\N of a NULL"));
            }
            self.input.take(taken);
        }
    }

    /// A BIT column of a --tab file: its bytes as they are, tab, line break and backslash among them.
    fn raw_bits(&mut self, bits: u16, values: &mut Values) -> Result<End, LegacyError> {
        let width = usize::from(bits).div_ceil(8);
        let quoted = self.style.quoted && self.input.peek()? == Some(b'"');
        self.input.take(usize::from(quoted));
        let ahead = self.input.ahead(width.max(2) + 1)?;
        let line_end = if self.style.crlf { b'\r' } else { b'\n' };
        let null = ahead.starts_with(b"\\N")
            && ahead.get(2).is_none_or(|byte| *byte == self.style.separator || *byte == line_end);
        if null && !quoted {
            self.input.take(2);
            // 5C 4E is a value as well as NULL where there are 15 bits for it.
            let form = if matches!(bits, 15 | 16) { Form::NullOrText } else { Form::Null };
            values.end(form).map_err(|error| self.too_large(error))?;
        } else {
            let Some(bytes) = ahead.get(..width) else {
                return Err(self.input.malformed("the end of the file inside a BIT value"));
            };
            let pushed = values.push(Form::Bytes, bytes);
            pushed.map_err(|error| self.too_large(error))?;
            self.input.take(width);
            if quoted && self.input.next()? != Some(b'"') {
                return Err(self.input.malformed("a quote was expected behind a BIT value"));
            }
        }
        match self.end()? {
            Some(end) => Ok(end),
            None => Err(self.input.malformed("a separator was expected behind a BIT value")),
        }
    }

    #[cold]
    fn too_large(&self, _: TooLarge) -> LegacyError {
        self.input.malformed("a row of more than 16 MiB")
    }
}

fn unescaped(byte: u8) -> u8 {
    match byte {
        b'0' => 0,
        b'b' => 8,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'Z' => 0x1a,
        other => other,
    }
}
