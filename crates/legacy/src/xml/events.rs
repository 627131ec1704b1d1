//! XML as exporters write it, which is not always XML: raw control bytes and bytes of no character set. Nothing is declared, nothing fetched.

use crate::values::{TooLarge, Values};
use crate::{LegacyError, input::Input};

/// The longest tag with its attributes.
const LONGEST_TAG: usize = 64 << 10;

/// A reader of XML, a tag at a time.
pub(crate) struct Events {
    pub input: Input,
}

/// A tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tag {
    pub name: String,
    pub attributes: Vec<(String, Vec<u8>)>,
    /// `</x>`
    pub closes: bool,
    /// `<x/>`
    pub empty: bool,
}

impl Tag {
    /// An attribute's value.
    pub fn attribute(&self, name: &str) -> Option<&[u8]> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_slice())
    }

    /// An attribute's value as text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.attribute(name).map(|value| String::from_utf8_lossy(value).into_owned())
    }
}

impl Events {
    /// The next tag; the text before it goes onto the row's open value. `None` at the end of the file.
    pub fn next(&mut self, text: &mut Values) -> Result<Option<Tag>, LegacyError> {
        loop {
            let window = self.input.window()?;
            if window.is_empty() {
                return Ok(None);
            }
            let stop = memchr::memchr2(b'<', b'&', window).unwrap_or(window.len());
            text.extend(window.get(..stop).unwrap_or_default()).map_err(|error| self.too_large(error))?;
            self.input.take(stop);
            match *self.input.ahead(9)? {
                [b'&', ..] => self.entity(text)?,
                [b'<', b'!', b'-', b'-', ..] => self.until(b"-->", None)?,
                [b'<', b'!', b'[', b'C', b'D', b'A', b'T', b'A', b'[', ..] => {
                    self.input.take(9);
                    self.until(b"]]>", Some(text))?;
                }
                [b'<', b'!', ..] => self.until(b">", None)?,
                [b'<', b'?', ..] => self.until(b"?>", None)?,
                [b'<', ..] => return self.tag().map(Some),
                _ => {}
            }
        }
    }

    /// Takes everything up to and with `end`.
    fn until(&mut self, end: &[u8], mut text: Option<&mut Values>) -> Result<(), LegacyError> {
        loop {
            let window = self.input.ahead(end.len())?;
            let found = memchr::memmem::find(window, end);
            // What may be the beginning of the end stays.
            let length = found.unwrap_or((window.len() + 1).saturating_sub(end.len()));
            if let Some(text) = text.as_deref_mut() {
                let added = text.extend(window.get(..length).unwrap_or_default());
                added.map_err(|error| self.too_large(error))?;
            }
            self.input.take(length);
            if found.is_some() {
                self.input.take(end.len());
                return Ok(());
            }
            if length == 0 {
                return Err(self
                    .input
                    .malformed(format!("{:?} was expected before the end of the file", String::from_utf8_lossy(end))));
            }
        }
    }

    fn tag(&mut self) -> Result<Tag, LegacyError> {
        let mut raw = Vec::new();
        let mut quote = None;
        self.input.take(1);
        loop {
            let Some(byte) = self.input.next()? else { return Err(self.input.malformed("a tag without end")) };
            match (quote, byte) {
                (None, b'>') => break,
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), _) if open == byte => quote = None,
                _ => {}
            }
            raw.push(byte);
            if raw.len() > LONGEST_TAG {
                return Err(self.input.malformed("a tag of more than 64 KiB"));
            }
        }
        parse(&raw).ok_or_else(|| self.input.malformed("a tag that is none"))
    }

    fn entity(&mut self, text: &mut Values) -> Result<(), LegacyError> {
        let ahead = self.input.ahead(12)?;
        let end = memchr::memchr(b';', ahead.get(..12.min(ahead.len())).unwrap_or_default());
        let name = end.and_then(|end| ahead.get(1..end)).unwrap_or_default();
        let Some(decoded) = decoded(name) else { return Err(self.input.malformed("an entity that is none of XML's")) };
        let length = name.len() + 2;
        let mut bytes = [0; 4];
        text.extend(decoded.encode_utf8(&mut bytes).as_bytes()).map_err(|error| self.too_large(error))?;
        self.input.take(length);
        Ok(())
    }

    /// The error for a row beyond the bound, here.
    #[cold]
    pub fn too_large(&self, _: TooLarge) -> LegacyError {
        self.input.malformed("a row of more than 16 MiB")
    }
}

fn decoded(name: &[u8]) -> Option<char> {
    match name {
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"amp" => Some('&'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        [b'#', b'x' | b'X', digits @ ..] => {
            char::from_u32(u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?)
        }
        [b'#', digits @ ..] => char::from_u32(std::str::from_utf8(digits).ok()?.parse().ok()?),
        _ => None,
    }
}

fn parse(raw: &[u8]) -> Option<Tag> {
    let (closes, raw) = raw.strip_prefix(b"/").map_or((false, raw), |rest| (true, rest));
    let (empty, raw) = raw.strip_suffix(b"/").map_or((false, raw), |rest| (true, rest));
    let end = raw.iter().position(u8::is_ascii_whitespace).unwrap_or(raw.len());
    let name = std::str::from_utf8(raw.get(..end)?).ok()?.to_owned();
    let mut attributes = Vec::new();
    let mut rest = raw.get(end..)?.trim_ascii();
    while !rest.is_empty() {
        let equals = memchr::memchr(b'=', rest)?;
        let key = std::str::from_utf8(rest.get(..equals)?.trim_ascii()).ok()?.to_owned();
        let value = rest.get(equals + 1..)?.trim_ascii_start();
        let quote = *value.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
        let length = memchr::memchr(quote, value.get(1..)?)?;
        attributes.push((key, unescaped(value.get(1..=length)?)?));
        rest = value.get(length + 2..)?.trim_ascii_start();
    }
    if name.is_empty() { None } else { Some(Tag { name, attributes, closes, empty }) }
}

fn unescaped(value: &[u8]) -> Option<Vec<u8>> {
    let mut result = Vec::new();
    let mut rest = value;
    while let Some(at) = memchr::memchr(b'&', rest) {
        let (before, entity) = rest.split_at_checked(at)?;
        let end = memchr::memchr(b';', entity)?;
        result.extend_from_slice(before);
        result.extend_from_slice(decoded(entity.get(1..end)?)?.to_string().as_bytes());
        rest = entity.get(end + 1..)?;
    }
    result.extend_from_slice(rest);
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::Events;
    use crate::input::Input;
    use crate::values::Values;

    #[test]
    fn tags_and_the_text_before_them() {
        let text = b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><a b=\"1 &gt; 0\" c='d'/>\x00\x01&#20013;<!-- > --><![CDATA[<x>&]]></a>";
        let mut events = Events { input: Input::new(Box::new(&text[..]), "x".into()) };
        let mut values = Values::default();
        let open = loop {
            let tag = events.next(&mut values).unwrap().unwrap();
            if tag.name == "a" {
                break tag;
            }
        };
        assert_eq!(
            (open.text("b").as_deref(), open.text("c").as_deref(), open.empty),
            (Some("1 > 0"), Some("d"), true)
        );
        values.clear();
        assert!(events.next(&mut values).unwrap().unwrap().closes);
        assert_eq!(values.open(), "\x00\x01\u{4e2d}<x>&".as_bytes());
        assert_eq!(events.next(&mut values).unwrap(), None);
    }
}
