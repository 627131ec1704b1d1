//! The functions that exporters write where a literal would do. They are read, not run: each is a spelling of a value.

use crate::sql::lexer::Lexer;
use crate::values::{Form, Values};
use crate::{LegacyError, hex};
use base64::Engine;

/// Functions inside functions: `.dump` nests two.
const DEEPEST: usize = 8;

/// An argument, or what a call stands for.
struct Argument {
    form: Form,
    bytes: Vec<u8>,
}

/// Reads the call of `name`, whose parenthesis comes next, and adds what it stands for to the row's open value.
pub(crate) fn call(lexer: &mut Lexer, name: &str, values: &mut Values, depth: usize) -> Result<Form, LegacyError> {
    lexer.blank()?;
    if lexer.input.peek()? != Some(b'(') || depth > DEEPEST {
        return Err(lexer.input.malformed(format!("{name:?} is no value")));
    }
    lexer.input.take(1);
    let arguments = arguments(lexer, depth)?;
    let Argument { form, bytes } = stands_for(name, &arguments).ok_or_else(|| {
        lexer.input.malformed(format!("the function {name:?} is not one that exporters write around a value"))
    })?;
    values.extend(&bytes).map_err(|error| lexer.too_large(error))?;
    // Adminer: CONV('1010', 2, 10) + 0
    lexer.blank()?;
    if lexer.input.peek()? == Some(b'+') {
        lexer.input.take(1);
        lexer.blank()?;
        if !lexer.input.take_if(b"0")? {
            return Err(lexer.input.malformed("a sum"));
        }
    }
    Ok(form)
}

fn arguments(lexer: &mut Lexer, depth: usize) -> Result<Vec<Argument>, LegacyError> {
    let mut arguments = Vec::new();
    loop {
        lexer.blank()?;
        if arguments.is_empty() && lexer.input.peek()? == Some(b')') {
            lexer.input.take(1);
            return Ok(arguments);
        }
        arguments.push(argument(lexer, depth)?);
        lexer.blank()?;
        match lexer.input.next()? {
            Some(b',') if arguments.len() < 8 => {}
            Some(b')') => return Ok(arguments),
            _ => {
                return Err(lexer
                    .input
                    .malformed("a comma or parenthesis was expected among the arguments of a function"));
            }
        }
    }
}

fn argument(lexer: &mut Lexer, depth: usize) -> Result<Argument, LegacyError> {
    let mut values = Values::default();
    let bare = lexer.input.peek()?.is_some_and(|byte| byte.is_ascii_alphabetic());
    if bare && !matches!(*lexer.input.ahead(2)?, [_, b'\'' | b'"', ..]) {
        let word = String::from_utf8_lossy(&lexer.word()?).to_ascii_uppercase();
        lexer.blank()?;
        if lexer.input.peek()? == Some(b'(') {
            let form = call(lexer, &word, &mut values, depth + 1)?;
            return Ok(Argument { form, bytes: values.open().to_vec() });
        }
        return Ok(Argument { form: Form::Null, bytes: Vec::new() }); // NULL, or a column: SRID(g)
    }
    if lexer.input.peek()? == Some(b'`') {
        lexer.name()?;
        return Ok(Argument { form: Form::Null, bytes: Vec::new() });
    }
    lexer.value(&mut values)?;
    Ok(match values.get(0) {
        Some(crate::Raw::Text(bytes)) => Argument { form: Form::Text, bytes: bytes.to_vec() },
        Some(crate::Raw::Number(bytes)) => Argument { form: Form::Number, bytes: bytes.to_vec() },
        Some(crate::Raw::Bytes(bytes)) => Argument { form: Form::Bytes, bytes: bytes.to_vec() },
        _ => Argument { form: Form::Null, bytes: Vec::new() },
    })
}

fn stands_for(name: &str, arguments: &[Argument]) -> Option<Argument> {
    let value = |form, bytes| Some(Argument { form, bytes });
    match (name, arguments) {
        ("UNHEX", [digits]) => value(Form::Bytes, hex::bytes(&digits.bytes)?),
        ("FROM_BASE64", [text]) => value(Form::Bytes, base64::prelude::BASE64_STANDARD.decode(&text.bytes).ok()?),
        ("CONV", [digits, from, to]) if from.bytes == b"2" && to.bytes == b"10" => {
            let number = u64::from_str_radix(std::str::from_utf8(&digits.bytes).ok()?, 2).ok()?;
            value(Form::Number, number.to_string().into_bytes())
        }
        ("CHAR", [code]) => {
            value(Form::Text, vec![std::str::from_utf8(&code.bytes).ok()?.parse::<u8>().ok().filter(u8::is_ascii)?])
        }
        ("REPLACE", [text, placeholder, by]) if !placeholder.bytes.is_empty() => {
            value(Form::Text, replaced(&text.bytes, &placeholder.bytes, &by.bytes)?)
        }
        ("UNISTR", [text]) => value(Form::Text, unistr(std::str::from_utf8(&text.bytes).ok()?)?.into_bytes()),
        // A point: its text, for whoever asks. Nobody's account is one.
        (
            "GEOMFROMTEXT"
            | "ST_GEOMFROMTEXT"
            | "GEOMFROMWKB"
            | "ST_GEOMFROMWKB"
            | "ST_GEOMETRYFROMTEXT"
            | "GEOMETRYFROMTEXT"
            | "POINT"
            | "SRID"
            | "ST_SRID",
            [first, ..],
        ) => value(first.form, first.bytes.clone()),
        _ => None,
    }
}

/// SQLite's `.dump` writes `replace('a\nb','\n',char(10))`; the placeholder is one that the text does not hold otherwise.
fn replaced(text: &[u8], placeholder: &[u8], by: &[u8]) -> Option<Vec<u8>> {
    let mut result = Vec::with_capacity(text.len());
    let mut from = 0;
    for found in memchr::memmem::find_iter(text, placeholder) {
        result.extend_from_slice(text.get(from..found)?);
        result.extend_from_slice(by);
        from = found + placeholder.len();
        if result.len() > crate::LARGEST_ROW {
            return None;
        }
    }
    result.extend_from_slice(text.get(from..)?);
    Some(result)
}

/// SQLite 3.50 and later: `unistr('a\u000ab')`.
fn unistr(text: &str) -> Option<String> {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        result.push_str(before);
        if let Some(after) = escape.strip_prefix('\\') {
            result.push('\\');
            rest = after;
            continue;
        }
        let (prefix, length) = match escape.as_bytes().first()? {
            b'u' => (1, 4),
            b'U' => (1, 8),
            b'+' => (1, 6),
            _ => (0, 4),
        };
        let code = u32::from_str_radix(escape.get(prefix..prefix + length)?, 16).ok()?;
        result.push(char::from_u32(code)?);
        rest = escape.get(prefix + length..)?;
    }
    result.push_str(rest);
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::{replaced, unistr};

    #[test]
    fn sqlite_spellings() {
        assert_eq!(replaced(br"C:\new(\n1)x", br"(\n1)", b"\n").as_deref(), Some(&b"C:\\new\nx"[..]));
        assert_eq!(unistr(r"a\u000ab\\c\U0001F338\+00000d\000a").as_deref(), Some("a\nb\\c\u{1f338}\r\n"));
        assert_eq!(unistr(r"\u00"), None);
        assert_eq!(unistr(r"\ud800"), None);
    }
}
