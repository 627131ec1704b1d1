//! INSERT and REPLACE, and the UPDATE statements that phpMyAdmin exports instead: rows.

use crate::LegacyError;
use crate::sql::lexer::Lexer;
use crate::sql::passing::Kept;
use crate::values::Values;

/// The head of an INSERT, up to its first row.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Head {
    pub database: Option<String>,
    pub name: String,
    pub columns: Option<Vec<String>>,
}

/// More columns than any server allows.
const MOST_COLUMNS: usize = 4096;

impl Lexer {
    /// `[IGNORE] INTO a.b [(c, d)]` up to and with `VALUES`. `None`, with the statement still to be passed over: it has no literal rows.
    pub fn insert_head(&mut self) -> Result<Option<Head>, LegacyError> {
        for _ in 0..4 {
            self.blank()?;
            if self.input.peek()?.is_some_and(|byte| byte.is_ascii_alphabetic()) {
                let word = self.word()?.to_ascii_uppercase();
                match word.as_slice() {
                    b"INTO" => break,
                    b"IGNORE" | b"OR" | b"REPLACE" | b"DELAYED" | b"LOW_PRIORITY" | b"HIGH_PRIORITY" => {}
                    _ => return Err(self.input.malformed("INTO was expected")),
                }
            }
        }
        let (database, name) = self.qualified()?;
        self.blank()?;
        let columns = if self.input.peek()? == Some(b'(') { Some(self.names()?) } else { None };
        self.blank()?;
        let word = self.word()?.to_ascii_uppercase();
        if !matches!(word.as_slice(), b"VALUES" | b"VALUE") {
            return Ok(None);
        }
        self.blank()?;
        Ok(Some(Head { database, name, columns }))
    }

    /// `name` or `database.name`.
    pub fn qualified(&mut self) -> Result<(Option<String>, String), LegacyError> {
        self.blank()?;
        let first = self.name()?;
        self.blank()?;
        if self.input.peek()? != Some(b'.') {
            return Ok((None, first));
        }
        self.input.take(1);
        self.blank()?;
        Ok((Some(first), self.name()?))
    }

    fn names(&mut self) -> Result<Vec<String>, LegacyError> {
        self.input.take(1);
        let mut names = Vec::new();
        loop {
            self.blank()?;
            names.push(self.name()?);
            self.blank()?;
            match self.input.next()? {
                Some(b',') if names.len() < MOST_COLUMNS => {}
                Some(b')') => return Ok(names),
                _ => return Err(self.input.malformed("a comma or parenthesis was expected in the list of columns")),
            }
        }
    }

    /// The values of one row, with both parentheses.
    #[inline]
    pub fn row(&mut self, values: &mut Values) -> Result<(), LegacyError> {
        values.clear();
        if self.input.next()? != Some(b'(') {
            return Err(self.input.malformed("a row was expected"));
        }
        loop {
            self.gap()?;
            self.value(values)?;
            self.gap()?;
            match self.input.peek()? {
                Some(b',') => self.input.take(1),
                Some(b')') => {
                    self.input.take(1);
                    return Ok(());
                }
                _ => return Err(self.input.malformed("a comma or parenthesis was expected behind a value")),
            }
        }
    }

    /// [`Lexer::blank`], quickly where there is none.
    #[inline]
    fn gap(&mut self) -> Result<(), LegacyError> {
        match self.input.peek()? {
            Some(b' ' | b'\t' | b'\n' | b'\r' | b'/' | b'#' | b'*') => self.blank(),
            Some(b'-') if matches!(*self.input.ahead(2)?, [_, b'-', ..]) => self.blank(),
            _ => Ok(()),
        }
    }

    /// Whether another row follows; if not, takes the statement's end.
    #[inline]
    pub fn another_row(&mut self) -> Result<bool, LegacyError> {
        self.gap()?;
        if self.input.peek()? == Some(b',') {
            self.input.take(1);
            self.gap()?;
            return Ok(true);
        }
        if self.input.peek()? == Some(b';') {
            self.input.take(1);
            return Ok(false);
        }
        // Adminer: ON DUPLICATE KEY UPDATE a = VALUES(a), ...
        if self.word()?.eq_ignore_ascii_case(b"ON") {
            return self.rest(&mut Kept::nothing()).map(|()| false);
        }
        let what = match self.input.peek()? {
            None => "a statement without end",
            Some(_) => "a comma or the statement's end was expected behind a row",
        };
        Err(self.input.malformed(what))
    }

    /// `table SET a = 1, b = 2 WHERE ...`: the names and values.
    pub fn update(&mut self, values: &mut Values) -> Result<Option<Head>, LegacyError> {
        values.clear();
        let (database, name) = self.qualified()?;
        self.blank()?;
        if !self.word()?.eq_ignore_ascii_case(b"SET") {
            return Ok(None);
        }
        let mut columns = Vec::new();
        loop {
            self.blank()?;
            columns.push(self.name()?);
            self.blank()?;
            if self.input.next()? != Some(b'=') || columns.len() > MOST_COLUMNS {
                return Err(self.input.malformed("a column and its value were expected"));
            }
            self.blank()?;
            self.value(values)?;
            self.blank()?;
            if self.input.peek()? != Some(b',') {
                break;
            }
            self.input.take(1);
        }
        self.rest(&mut Kept::nothing())?;
        Ok(Some(Head { database, name, columns: Some(columns) }))
    }
}
