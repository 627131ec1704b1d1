//! How texts are escaped in a file that does not say: found out by trying.

use crate::input::Input;
use crate::reader::Context;
use crate::sql::lexer::Lexer;
use crate::sql::passing::Kept;
use crate::sql::{Escapes, Profile, Session};
use crate::{LegacyError, Warning};
use std::path::Path;

/// The rule by which the whole file makes sense. Takes one quick pass over it.
pub(crate) fn escapes(path: &Path, profile: Profile, context: &mut Context) -> Result<Escapes, LegacyError> {
    let file = path.display().to_string();
    if profile.writer == "mydumper" {
        if !is_unescaped_mydumper(path, context)? {
            return Ok(Escapes::Backslash);
        }
        context.warn(Warning::EscapesInferred { file });
        return Ok(Escapes::Inferred);
    }
    let usual = attempt(path, Escapes::Backslash, context);
    if usual.is_err() && attempt(path, Escapes::Plain, context).is_ok() {
        context.warn(Warning::EscapesInferred { file });
        return Ok(Escapes::Plain);
    }
    Ok(Escapes::Backslash)
}

/// Whether every statement ends by this rule, and every row of an INSERT behind a text.
fn attempt(path: &Path, escapes: Escapes, context: &Context) -> Result<(), LegacyError> {
    let input = Input::open(path, &context.unwatched())?;
    let mut lexer = Lexer::new(input, Session::new(escapes));
    let mut values = crate::values::Values::default();
    loop {
        lexer.blank()?;
        if lexer.input.peek()?.is_none() {
            return Ok(());
        }
        let word = lexer.word()?.to_ascii_uppercase();
        if matches!(word.as_slice(), b"INSERT" | b"REPLACE") && lexer.insert_head()?.is_some() {
            lexer.row(&mut values)?;
            while lexer.another_row()? {
                lexer.row(&mut values)?;
            }
        } else if word == b"DELIMITER" {
            lexer.new_delimiter()?;
        } else {
            lexer.rest(&mut Kept::nothing())?;
        }
    }
}

/// mydumper escapes each apostrophe, quote, backslash and line break, and nothing else. On a NO_BACKSLASH_ESCAPES server it doubles apostrophes
/// and leaves the rest bare: each of these is something that it never writes elsewhere.
fn is_unescaped_mydumper(path: &Path, context: &Context) -> Result<bool, LegacyError> {
    let mut input = Input::open(path, &context.unwatched())?;
    let mut in_text = false;
    loop {
        let window = input.ahead(3)?;
        let stop = |byte: &u8| matches!(byte, b'"' | b'\\' | b'\'' | b'\n' | b'`' | b'/' | b'-');
        let Some(at) = window
            .iter()
            .position(|byte| if in_text { stop(byte) } else { *byte == b'"' || *byte == b'/' || *byte == b'\n' })
        else {
            if window.is_empty() {
                return Ok(in_text);
            }
            let length = window.len();
            input.take(length);
            continue;
        };
        input.take(at);
        let taken = match *input.ahead(3)? {
            [b'\'' | b'\n', ..] if in_text => return Ok(true),
            [b'\\', b'0' | b'n' | b'r' | b'\\' | b'\'' | b'"' | b'Z', ..] if in_text => 2,
            [b'\\', ..] if in_text => return Ok(true),
            [b'"', next, ..] if in_text && !matches!(next, b',' | b')') => return Ok(true),
            [b'"', ..] => {
                in_text = !in_text;
                1
            }
            [b'/', b'*', ..] if !in_text => line(&mut input)?,
            _ => 1,
        };
        input.take(taken);
    }
}

/// The length of the rest of a line: the comments of these files have quotes of their own.
fn line(input: &mut Input) -> Result<usize, LegacyError> {
    let window = input.ahead(4096)?;
    Ok(memchr::memchr(b'\n', window).unwrap_or(1))
}
