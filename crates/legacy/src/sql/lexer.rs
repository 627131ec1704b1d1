//! The pieces SQL is made of, read from a stream of bytes without regard to its character set (but for the two-byte ones).

use crate::sql::session::{Escapes, Session};
use crate::values::{TooLarge, Values};
use crate::{LegacyError, input::Input};

/// The longest name or word.
const LONGEST_WORD: usize = 1024;
/// Version comments inside each other.
const DEEPEST: u32 = 8;
/// How much of a comment is kept.
const COMMENT: usize = 200;

/// A reader of SQL.
pub(crate) struct Lexer {
    pub input: Input,
    pub session: Session,
    /// The start of the last line comment: writers put their end mark into one.
    pub comment: Vec<u8>,
    /// How many `/*!` are open.
    depth: u32,
    /// SQLite begins a comment by `--` even without a blank behind.
    pub sqlite: bool,
}

impl Lexer {
    pub fn new(input: Input, session: Session) -> Lexer {
        Lexer { input, session, comment: Vec::new(), depth: 0, sqlite: false }
    }

    /// Goes over blanks and comments; what a version comment holds counts as SQL.
    pub fn blank(&mut self) -> Result<(), LegacyError> {
        loop {
            let window = self.input.window()?;
            let blanks = window.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let next = window.get(blanks).copied();
            self.input.take(blanks);
            match next {
                None if blanks == 0 => return Ok(()),
                Some(b'-' | b'#' | b'/' | b'*') if !self.comment()? => return Ok(()),
                Some(b'-' | b'#' | b'/' | b'*') | None => {}
                Some(_) => return Ok(()),
            }
        }
    }

    /// Takes one comment, or the border of a version comment, if there is one here.
    pub fn comment(&mut self) -> Result<bool, LegacyError> {
        let ahead = self.input.ahead(4)?;
        match *ahead {
            [b'#', ..] => self.line_comment(),
            [b'-', b'-'] => self.line_comment(),
            [b'-', b'-', next, ..] if next.is_ascii_whitespace() || self.sqlite => self.line_comment(),
            [b'/', b'*', b'!', ..] => self.version_comment(3),
            [b'/', b'*', b'M', b'!', ..] => self.version_comment(4),
            [b'/', b'*', ..] => {
                self.input.take(2);
                self.block_comment()
            }
            [b'*', b'/', ..] if self.depth > 0 => {
                self.input.take(2);
                self.depth -= 1;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn line_comment(&mut self) -> Result<bool, LegacyError> {
        self.comment.clear();
        loop {
            let window = self.input.window()?;
            let end = memchr::memchr(b'\n', window);
            let part = window.get(..end.unwrap_or(window.len())).unwrap_or_default();
            let room = COMMENT.saturating_sub(self.comment.len());
            self.comment.extend(part.iter().take(room));
            let taken = part.len() + usize::from(end.is_some());
            self.input.take(taken);
            if end.is_some() || taken == 0 {
                return Ok(true);
            }
        }
    }

    fn version_comment(&mut self, opening: usize) -> Result<bool, LegacyError> {
        self.input.take(opening);
        while self.input.peek()?.is_some_and(|byte| byte.is_ascii_digit()) {
            self.input.take(1);
        }
        if self.input.peek()? == Some(b'\\') {
            return self.block_comment(); // the sandbox line: a command of the client, no SQL
        }
        self.depth += 1;
        if self.depth > DEEPEST { Err(self.input.malformed("comments inside comments")) } else { Ok(true) }
    }

    fn block_comment(&mut self) -> Result<bool, LegacyError> {
        loop {
            let window = self.input.ahead(2)?;
            let length = window.len();
            let star = memchr::memchr(b'*', window);
            let closed = star.is_some_and(|star| window.get(star + 1) == Some(&b'/'));
            match star {
                _ if length < 2 => return Err(self.input.malformed("a comment without end")),
                Some(star) if closed => {
                    self.input.take(star + 2);
                    return Ok(true);
                }
                Some(star) if star + 1 < length => self.input.take(star + 1),
                Some(star) => self.input.take(star),
                None => self.input.take(length),
            }
        }
    }

    /// A word (letters, digits, `_`, `$` and everything that is not ASCII), empty if there is none.
    pub fn word(&mut self) -> Result<Vec<u8>, LegacyError> {
        let mut word = Vec::new();
        while let Some(byte) = self.input.peek()? {
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80) {
                break;
            }
            self.input.take(1);
            word.push(byte);
            if word.len() > LONGEST_WORD {
                return Err(self.input.malformed("a word of more than 1024 bytes"));
            }
        }
        Ok(word)
    }

    /// A name in any quotes, or bare.
    pub fn name(&mut self) -> Result<String, LegacyError> {
        let close = match self.input.peek()? {
            Some(quote @ (b'`' | b'"')) => quote,
            Some(b'[') => b']',
            _ => {
                let word = self.word()?;
                return if word.is_empty() {
                    Err(self.input.malformed("a name was expected"))
                } else {
                    Ok(self.decoded(&word))
                };
            }
        };
        self.input.take(1);
        let mut name = Vec::new();
        loop {
            match self.input.next()? {
                None => return Err(self.input.malformed("a name without end")),
                Some(byte) if byte == close => {
                    if self.input.peek()? != Some(close) {
                        return Ok(self.decoded(&name));
                    }
                    self.input.take(1);
                    name.push(close);
                }
                Some(byte) => name.push(byte),
            }
            if name.len() > LONGEST_WORD {
                return Err(self.input.malformed("a name of more than 1024 bytes"));
            }
        }
    }

    fn decoded(&self, name: &[u8]) -> String {
        let charset = self.session.names.unwrap_or_default();
        charset.decode(name).map_or_else(|| String::from_utf8_lossy(name).into_owned(), Into::into)
    }

    /// The rest of a text, whose opening quote has been taken.
    #[inline]
    pub fn text(&mut self, quote: u8, values: &mut Values) -> Result<(), LegacyError> {
        match self.session.escapes {
            Escapes::Backslash => match self.session.two_byte() {
                None => self.escaped(quote, values),
                Some(first) => self.two_byte(quote, first, values),
            },
            Escapes::Plain => self.doubled(quote, values),
            Escapes::Inferred => self.inferred(quote, values),
        }
    }

    fn escaped(&mut self, quote: u8, values: &mut Values) -> Result<(), LegacyError> {
        loop {
            let window = self.input.window()?;
            let stop = memchr::memchr2(quote, b'\\', window).unwrap_or(window.len());
            values.extend(window.get(..stop).unwrap_or_default()).map_err(|error| self.too_large(error))?;
            self.input.take(stop);
            if self.stopped(quote, values)? {
                return Ok(());
            }
        }
    }

    /// Goes on at a quote, a backslash or the end of the window. True at the end of the text.
    fn stopped(&mut self, quote: u8, values: &mut Values) -> Result<bool, LegacyError> {
        let found = match *self.input.ahead(2)? {
            [] => return Err(self.input.malformed("a text without end")),
            [byte, next, ..] if byte == quote && next == quote => quote,
            [byte, ..] if byte == quote => {
                self.input.take(1);
                return Ok(true);
            }
            [b'\\', next, ..] => {
                if matches!(next, b'%' | b'_') {
                    values.extend(b"\\").map_err(|error| self.too_large(error))?;
                }
                unescaped(next)
            }
            [b'\\'] => return Err(self.input.malformed("a text without end")),
            _ => return Ok(false),
        };
        self.input.take(2);
        values.extend(&[found]).map_err(|error| self.too_large(error))?;
        Ok(false)
    }

    fn two_byte(&mut self, quote: u8, first: fn(u8) -> bool, values: &mut Values) -> Result<(), LegacyError> {
        loop {
            let taken = match *self.input.ahead(2)? {
                [byte, next, ..] if first(byte) => values.extend(&[byte, next]).map(|()| 2),
                [byte, ..] if byte != quote && byte != b'\\' => values.extend(&[byte]).map(|()| 1),
                _ => Ok(0),
            };
            match taken.map_err(|error| self.too_large(error))? {
                0 if self.stopped(quote, values)? => return Ok(()),
                taken => self.input.take(taken),
            }
        }
    }

    fn doubled(&mut self, quote: u8, values: &mut Values) -> Result<(), LegacyError> {
        loop {
            let window = self.input.window()?;
            let stop = memchr::memchr(quote, window).unwrap_or(window.len());
            values.extend(window.get(..stop).unwrap_or_default()).map_err(|error| self.too_large(error))?;
            self.input.take(stop);
            match *self.input.ahead(2)? {
                [] => return Err(self.input.malformed("a text without end")),
                [byte, next, ..] if byte == quote && next == quote => {
                    self.input.take(2);
                    values.extend(&[quote]).map_err(|error| self.too_large(error))?;
                }
                [byte, ..] if byte == quote => {
                    self.input.take(1);
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    /// The quote that ends a text is the one behind which a value can end: before a comma and another value, or before the end of the row.
    fn inferred(&mut self, quote: u8, values: &mut Values) -> Result<(), LegacyError> {
        loop {
            let window = self.input.window()?;
            let stop = memchr::memchr2(quote, b'\'', window).unwrap_or(window.len());
            values.extend(window.get(..stop).unwrap_or_default()).map_err(|error| self.too_large(error))?;
            self.input.take(stop);
            let found = match *self.input.ahead(4)? {
                [] => return Err(self.input.malformed("a text without end")),
                [b'\'', b'\'', ..] if quote != b'\'' => {
                    self.input.take(1);
                    b'\''
                }
                [byte, b',', b'"' | b'0'..=b'9' | b'-' | b'N', ..] if byte == quote => {
                    self.input.take(1);
                    return Ok(());
                }
                [byte, b')', b',' | b';', b'\n' | b'\r', ..] if byte == quote => {
                    self.input.take(1);
                    return Ok(());
                }
                [byte, ..] if byte == quote || byte == b'\'' => byte,
                _ => continue,
            };
            self.input.take(1);
            values.extend(&[found]).map_err(|error| self.too_large(error))?;
        }
    }

    /// The error for a row beyond the bound, here.
    #[cold]
    pub fn too_large(&self, _: TooLarge) -> LegacyError {
        self.input.malformed("a row of more than 16 MiB")
    }

    /// The rest of a `DELIMITER` line: a command of the client.
    pub fn new_delimiter(&mut self) -> Result<(), LegacyError> {
        let mut line = Vec::new();
        while let Some(byte) = self.input.next()? {
            if byte == b'\n' || line.len() > 64 {
                break;
            }
            line.push(byte);
        }
        let delimiter = line.trim_ascii();
        if delimiter.is_empty() || delimiter.len() > 16 {
            return Err(self.input.malformed("a delimiter was expected"));
        }
        self.session.delimiter = delimiter.to_vec();
        Ok(())
    }

    /// Whether a version comment is open.
    pub fn in_version_comment(&self) -> bool {
        self.depth > 0
    }
}

/// The byte that stands behind a backslash means.
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
