//! The sqlite3 program's `.mode quote`: a line of SQL literals for each row, and no names.

use crate::input::Input;
use crate::reader::{Context, Each, Reader, Wanted};
use crate::sql::{Escapes, Lexer, Session};
use crate::values::Values;
use crate::{LegacyError, Position, Row, Table};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// A file of literals.
pub(crate) struct QuoteFile {
    path: PathBuf,
}

impl QuoteFile {
    pub fn new(path: PathBuf) -> QuoteFile {
        QuoteFile { path }
    }

    /// Whether the first line is one of literals, with at least one text among them.
    pub fn is(start: &[u8]) -> bool {
        let mut lexer = Lexer::new(
            Input::new(Box::new(std::io::Cursor::new(start.to_vec())), String::new()),
            Session::new(Escapes::Plain),
        );
        let mut values = Values::default();
        line(&mut lexer, &mut values).is_ok()
            && (0..values.len()).any(|at| matches!(values.get(at), Some(crate::Raw::Text(_))))
    }
}

/// The values of one line; false at the end of the file.
fn line(lexer: &mut Lexer, values: &mut Values) -> Result<bool, LegacyError> {
    values.clear();
    if lexer.input.peek()?.is_none() {
        return Ok(false);
    }
    loop {
        if lexer.input.peek()? == Some(b'"') {
            return Err(lexer.input.malformed("a value was expected"));
        }
        lexer.value(values)?;
        match lexer.input.next()? {
            Some(b',') => {}
            Some(b'\n') | None => return Ok(true),
            Some(b'\r') if lexer.input.take_if(b"\n")? => return Ok(true),
            Some(_) => return Err(lexer.input.malformed("a comma or the end of the line was expected behind a value")),
        }
    }
}

impl Reader for QuoteFile {
    fn writer(&self) -> &'static str {
        "sqlite3 .mode quote"
    }

    fn tables(&mut self, context: &mut Context) -> Result<Vec<Table>, LegacyError> {
        let mut table = Table::nameless();
        let mut first = |row: Row<'_>| {
            table = row.table().clone();
            ControlFlow::Break(())
        };
        let _ = self.read(&Wanted(&[]), context, &mut first)?;
        Ok(vec![table])
    }

    fn read(
        &mut self,
        _: &Wanted<'_>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        let mut lexer = Lexer::new(Input::open_counted(&self.path, context)?, Session::new(Escapes::Plain));
        let mut values = Values::default();
        let mut table = Table::nameless();
        let mut position = Position { offset: 0, row: 1 };
        while line(&mut lexer, &mut values)? {
            if table.columns.is_empty() {
                context.assume(&mut table, &values);
            }
            if values.len() != table.columns.len() {
                return Err(lexer.input.malformed(format!(
                    "row {} has {} values, unlike the others",
                    position.row,
                    values.len()
                )));
            }
            if each(Row::new(&table, &values, position)).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            position = Position { offset: lexer.input.offset(), row: position.row + 1 };
        }
        Ok(ControlFlow::Continue(()))
    }
}
