//! Named values in bytes of any form, well-formed or not: members of JSON, fields of forms and of their parts, inputs of HTML, cookies.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

use crate::redaction::spellings::{html_escaped, json_escaped};

/// A value with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Where it stands.
    pub(crate) range: Range<usize>,
    pub(crate) written: Written,
}

/// How a value is written where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Plain,
    Form,
    Json,
    JsonNumber,
    Html,
}

impl Written {
    /// The value as it is to stand there.
    pub(crate) fn write(self, value: &str, as_before: &[u8]) -> Vec<u8> {
        match self {
            Written::Plain | Written::JsonNumber => value.as_bytes().to_vec(),
            Written::Form => {
                let form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
                let spaces = if as_before.windows(3).any(|three| three == b"%20") { "%20" } else { "+" };
                form.replace('+', spaces).into_bytes()
            }
            Written::Json => json_escaped(value, as_before.is_ascii(), false).into_bytes(),
            Written::Html => html_escaped(value).into_bytes(),
        }
    }
}

/// Compiles an expression of this file; one that is wrong finds nothing, and a test says so.
fn expression(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

static MEMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    expression(r#"(?s-u)"((?:[^"\\]|\\.){1,80})"\s*:\s*(?:"((?:[^"\\]|\\.)*)"|(-?[0-9][0-9.eE+-]*))"#)
});
static PART: LazyLock<Option<Regex>> = LazyLock::new(|| {
    expression(
        r#"(?s-u)[; ]name="?([^"\r\n;]{1,80})"?[^\r\n]*\r?\n(?:[A-Za-z-]+:[^\r\n]*\r?\n)*\r?\n(.*?)(?:\r?\n--|\z)"#,
    )
});
static INPUT: LazyLock<Option<Regex>> = LazyLock::new(|| expression(r"(?s-u)<input\b[^>]{1,2000}>"));
static ATTRIBUTE: LazyLock<Option<Regex>> =
    LazyLock::new(|| expression(r#"(?s-u)\b(name|value)\s*=\s*(?:"([^"]*)"|'([^']*)')"#));

/// The named values of a body. `media_type`: what it says it is, in lower case and without parameters.
pub(crate) fn of_body(bytes: &[u8], media_type: &str) -> Vec<Field> {
    let mut found = match media_type {
        "application/x-www-form-urlencoded" => of_pairs(bytes, 0),
        "multipart/form-data" => of_parts(bytes),
        _ => Vec::new(),
    };
    // Clients send JSON under any name, and forms under none.
    if found.is_empty() {
        found = of_json(bytes);
    }
    if found.is_empty() && !bytes.contains(&b'<') && !bytes.contains(&b'{') {
        found = of_pairs(bytes, 0);
    }
    if found.is_empty() {
        found = of_inputs(bytes);
    }
    found
}

/// The named values of a query.
pub(crate) fn of_target(target: &str) -> Vec<Field> {
    let start = target.find('?').map_or(target.len(), |at| at + 1);
    of_pairs(target.as_bytes().get(start..).unwrap_or_default(), start)
}

/// `a=b&c=d`, its fields moved on by `start`.
fn of_pairs(bytes: &[u8], start: usize) -> Vec<Field> {
    let (mut found, mut at) = (Vec::new(), start);
    for pair in bytes.split(|byte| *byte == b'&') {
        if let Some(equals) = pair.iter().position(|byte| *byte == b'=') {
            let (name, value) = pair.split_at(equals);
            let value = value.get(1..).unwrap_or_default();
            let begin = at + equals + 1;
            let range = begin..begin + value.len();
            found.push(Field { name: decoded(name), value: decoded(value), range, written: Written::Form });
        }
        at += pair.len() + 1;
    }
    found
}

/// A field, or those of the address that stands in it as it is.
pub(crate) fn opened(bytes: &[u8], field: Field) -> Vec<Field> {
    let raw = bytes.get(field.range.clone()).unwrap_or_default();
    let query = raw.iter().position(|byte| *byte == b'?').filter(|_| field.written == Written::Form);
    let inner = query.map(|at| of_pairs(raw.get(at + 1..).unwrap_or_default(), field.range.start + at + 1));
    inner.filter(|inner| !inner.is_empty()).unwrap_or_else(|| vec![field])
}

fn decoded(text: &[u8]) -> String {
    // A name of its own, so that neither `=` nor `&` in the text can be taken for more.
    let mut pairs = url::form_urlencoded::parse(text);
    match (pairs.next(), pairs.next()) {
        (Some((name, value)), None) if value.is_empty() => name.into_owned(),
        _ => String::from_utf8_lossy(text).into_owned(),
    }
}

fn of_json(bytes: &[u8]) -> Vec<Field> {
    let all = MEMBER.iter().flat_map(|member| member.captures_iter(bytes));
    let field = |found: Captures| {
        let name = unescaped(found.get(1)?.as_bytes())?;
        let (text, number) = (found.get(2), found.get(3));
        let written = if text.is_some() { Written::Json } else { Written::JsonNumber };
        let value = text.or(number)?;
        Some(Field { name, value: unescaped(value.as_bytes())?, range: value.range(), written })
    };
    all.filter_map(field).collect()
}

/// A JSON text's content; one with a lone surrogate is no text, and nobody's password.
fn unescaped(content: &[u8]) -> Option<String> {
    let content = String::from_utf8_lossy(content);
    let quoted = format!("\"{}\"", content.replace(|letter: char| letter.is_control(), " "));
    serde_json::from_str(&quoted).ok()
}

fn of_parts(bytes: &[u8]) -> Vec<Field> {
    let all = PART.iter().flat_map(|part| part.captures_iter(bytes));
    let field = |found: Captures| {
        let value = found.get(2)?;
        Some(Field {
            name: String::from_utf8_lossy(found.get(1)?.as_bytes()).into_owned(),
            value: std::str::from_utf8(value.as_bytes()).ok()?.to_owned(),
            range: value.range(),
            written: Written::Plain,
        })
    };
    all.filter_map(field).collect()
}

fn of_inputs(bytes: &[u8]) -> Vec<Field> {
    let tags = INPUT.iter().flat_map(|input| input.find_iter(bytes));
    let field = |tag: regex::bytes::Match| {
        let (mut name, mut value) = (None, None);
        for attribute in ATTRIBUTE.iter().flat_map(|attribute| attribute.captures_iter(tag.as_bytes())) {
            let text = attribute.get(2).or_else(|| attribute.get(3))?;
            match attribute.get(1)?.as_bytes() {
                b"name" => name = Some(String::from_utf8_lossy(text.as_bytes()).into_owned()),
                _ => value = Some((text.range(), String::from_utf8_lossy(text.as_bytes()).into_owned())),
            }
        }
        let (range, text) = value?;
        let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
        let range = tag.start() + range.start..tag.start() + range.end;
        Some(Field { name: name?, value: plain.replace("&amp;", "&"), range, written: Written::Html })
    };
    tags.filter_map(field).collect()
}

/// The cookies of a `Cookie` header, or the one of a `Set-Cookie`.
pub(crate) fn of_cookies(line: &str, set: bool) -> Vec<Field> {
    let (mut found, mut at) = (Vec::new(), 0);
    for pair in line.split(';').take(if set { 1 } else { usize::MAX }) {
        if let Some((name, value)) = pair.split_once('=') {
            let begin = at + name.len() + 1;
            let field = Field {
                name: name.trim().to_owned(),
                value: value.to_owned(),
                range: begin..begin + value.len(),
                written: Written::Plain,
            };
            found.push(field);
        }
        at += pair.len() + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(found: &[Field]) -> Vec<(&str, &str)> {
        found.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect()
    }

    #[test]
    fn values_with_their_names() {
        let json =
            of_body(br#"{"a": "1\u5bc6", "b" : 12, "c": {"d": "x\"y"}, "a": [1], "e": "cut"#, "application/json");
        assert_eq!(pairs(&json), [("a", "1密"), ("b", "12"), ("d", "x\"y")]);
        let form = of_body(b"a=1+2&b=%E5%AF%86&c&d=x%3Dy", "application/x-www-form-urlencoded");
        assert_eq!(pairs(&form), [("a", "1 2"), ("b", "密"), ("d", "x=y")]);
        let parts =
            b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--X\r\nContent-Disposition: form-data; \
                      name=\"b\"; filename=\"f\"\r\nContent-Type: text/plain\r\n\r\ntwo\r\n--X--\r\n";
        assert_eq!(pairs(&of_body(parts, "multipart/form-data")), [("a", "one"), ("b", "two")]);
        let cut = &parts[..parts.len() - 10];
        assert_eq!(pairs(&of_body(cut, "multipart/form-data")), [("a", "one"), ("b", "tw")]);
        let html = of_body(b"<p><input type=hidden name=\"t\" value='a&amp;b'></p>", "text/html");
        assert_eq!(pairs(&html), [("t", "a&b")]);
        assert_eq!(pairs(&of_target("/x?token=a%20b&n=1")), [("token", "a b"), ("n", "1")]);
        assert_eq!(pairs(&of_cookies("a=1; b=2", false)), [("a", "1"), ("b", "2")]);
        assert_eq!(pairs(&of_cookies("a=1; Path=/", true)), [("a", "1")]);
    }

    #[test]
    fn what_is_written_back_stands_where_it_stood() {
        let body = br#"{"a":"x","p":"\u5bc6"}"#;
        let field = of_body(body, "").remove(1);
        assert_eq!(body.get(field.range.clone()), Some(&br"\u5bc6"[..]));
        assert_eq!(field.written.write("码", body.get(field.range).unwrap()), br"\u7801");
        assert_eq!(Written::Form.write("a b", b"c%20d"), b"a%20b");
    }
}
