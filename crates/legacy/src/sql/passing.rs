//! Statements that are passed over, or kept as text.

use crate::LegacyError;
use crate::sql::lexer::Lexer;
use crate::sql::session::Escapes;

impl Lexer {
    /// Takes the rest of a statement and its delimiter. Its text, without comments, goes into `kept` as far as there is room.
    pub fn rest(&mut self, kept: &mut Kept) -> Result<(), LegacyError> {
        let delimiter = self.session.delimiter.clone();
        let first = delimiter.first().copied().unwrap_or(b';');
        loop {
            let special = |byte: &u8| matches!(byte, b'\'' | b'"' | b'`' | b'-' | b'#' | b'/' | b'*') || *byte == first;
            let window = self.input.window()?;
            let run = window.iter().position(special).unwrap_or(window.len());
            kept.add(window.get(..run).unwrap_or_default());
            self.input.take(run);
            match self.input.peek()? {
                None => return Err(self.input.malformed("a statement without end")),
                Some(byte) if byte == first && self.input.take_if(&delimiter)? => return Ok(()),
                Some(quote @ (b'\'' | b'"' | b'`')) => self.quoted(quote, kept)?,
                Some(b'-' | b'#' | b'/' | b'*') if self.comment()? => kept.add(b" "),
                Some(byte) if special(&byte) => {
                    kept.add(&[byte]);
                    self.input.take(1);
                }
                Some(_) => {}
            }
        }
    }

    /// A text or name inside a statement that is passed over, quotes and all.
    fn quoted(&mut self, quote: u8, kept: &mut Kept) -> Result<(), LegacyError> {
        kept.add(&[quote]);
        self.input.take(1);
        let backslash = quote != b'`' && self.session.escapes == Escapes::Backslash;
        let two_byte = if backslash { self.session.two_byte() } else { None };
        loop {
            let window = self.input.ahead(2)?;
            let stop = match two_byte {
                Some(first) => window.iter().position(|byte| *byte == quote || *byte == b'\\' || first(*byte)),
                None if backslash => memchr::memchr2(quote, b'\\', window),
                None => memchr::memchr(quote, window),
            };
            let Some(stop) = stop else {
                if window.is_empty() {
                    return Err(self.input.malformed("a text without end"));
                }
                let length = window.len();
                kept.add(window);
                self.input.take(length);
                continue;
            };
            kept.add(window.get(..stop).unwrap_or_default());
            self.input.take(stop);
            let taken = match *self.input.ahead(2)? {
                [byte, next, ..] if byte != quote || next == quote => {
                    kept.add(&[byte, next]);
                    2
                }
                [byte, ..] if byte == quote => {
                    kept.add(&[quote]);
                    self.input.take(1);
                    return Ok(());
                }
                _ => return Err(self.input.malformed("a text without end")),
            };
            self.input.take(taken);
        }
    }
}

/// The text of a statement, as far as there is room for it.
#[derive(Default)]
pub(crate) struct Kept {
    bytes: Vec<u8>,
    room: usize,
    cut: bool,
}

impl Kept {
    /// Keeps at most `room` bytes.
    pub fn new(room: usize) -> Kept {
        Kept { bytes: Vec::new(), room, cut: false }
    }

    /// Keeps nothing.
    pub fn nothing() -> Kept {
        Kept::new(0)
    }

    #[inline]
    fn add(&mut self, bytes: &[u8]) {
        let part = bytes.get(..self.room.min(bytes.len())).unwrap_or_default();
        self.room -= part.len();
        self.cut |= part.len() < bytes.len();
        self.bytes.extend_from_slice(part);
    }

    /// The text, or `None` if there was not room for all of it.
    pub fn whole(self) -> Option<Vec<u8>> {
        if self.cut { None } else { Some(self.bytes) }
    }
}
