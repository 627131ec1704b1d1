//! JSON read as each old framework read it. `serde_json` refuses what Python and Go took: `NaN`, half a character, bytes
//! that are not UTF-8.

use super::rules::BrokenText;
use super::{Json, JsonObject, JsonRules, go_text};

/// No client sends more than a dozen. Without a bound 10 MB of `0,0,0` would become hundreds.
const MOST_VALUES: usize = 10_000;
/// Bounds the stack; no client nests at all.
const DEEPEST: usize = 128;

/// A reader at some place of a document. Every step gives `None` for what is malformed.
pub(super) struct Reader<'b> {
    left: &'b [u8],
    rules: JsonRules,
    values: usize,
    depth: usize,
}

impl<'b> Reader<'b> {
    pub(super) fn new(document: &'b [u8], rules: JsonRules) -> Self {
        Self { left: document, rules, values: MOST_VALUES, depth: DEEPEST }
    }

    /// The value of the whole document.
    pub(super) fn document(mut self) -> Option<Json> {
        self.blanks();
        let value = self.value()?;
        self.blanks();
        (self.rules.trailing_text || self.left.is_empty()).then_some(value)
    }

    fn value(&mut self) -> Option<Json> {
        self.values = self.values.checked_sub(1)?;
        match *self.left.first()? {
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            b'"' => self.text().map(|text| text.map_or(Json::BrokenText, Json::Text)),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.word(),
        }
    }

    /// What is between two brackets.
    fn nested(&mut self, inside: fn(&mut Self) -> Option<Json>) -> Option<Json> {
        self.depth = self.depth.checked_sub(1)?;
        self.left = self.left.get(1..)?;
        self.blanks();
        let value = inside(self);
        self.depth += 1;
        value
    }

    fn object(&mut self) -> Option<Json> {
        let mut object = JsonObject::default();
        if self.takes(b"}") {
            return Some(Json::Object(object));
        }
        loop {
            // A name that is broken text is no member's that anybody reads.
            let name = self.text()?.unwrap_or_else(|| char::REPLACEMENT_CHARACTER.to_string());
            self.blanks();
            self.takes(b":").then_some(())?;
            self.blanks();
            object.push(name, self.value()?);
            self.blanks();
            if self.takes(b"}") {
                return Some(Json::Object(object));
            }
            self.takes(b",").then_some(())?;
            self.blanks();
        }
    }

    fn array(&mut self) -> Option<Json> {
        let mut array = Vec::new();
        if self.takes(b"]") {
            return Some(Json::Array(array));
        }
        loop {
            array.push(self.value()?);
            self.blanks();
            if self.takes(b"]") {
                return Some(Json::Array(array));
            }
            self.takes(b",").then_some(())?;
            self.blanks();
        }
    }

    fn word(&mut self) -> Option<Json> {
        for (word, value) in [(&b"null"[..], Json::Null), (b"true", Json::Bool(true)), (b"false", Json::Bool(false))] {
            if self.takes(word) {
                return Some(value);
            }
        }
        self.not_finite()
    }

    fn not_finite(&mut self) -> Option<Json> {
        let words = ["NaN", "Infinity", "-Infinity"];
        let mut words = words.into_iter().filter(|_| self.rules.not_finite);
        let found = words.find(|word| self.left.starts_with(word.as_bytes()))?;
        self.takes(found.as_bytes());
        Some(Json::Number(found.to_owned()))
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.left;
        self.takes(b"-");
        // No number goes on behind a zero.
        if !self.takes(b"0") && self.digits() == 0 {
            self.left = start;
            return self.not_finite();
        }
        if self.takes(b".") && self.digits() == 0 {
            return None;
        }
        if self.takes(b"e") || self.takes(b"E") {
            let _ = self.takes(b"+") || self.takes(b"-");
            if self.digits() == 0 {
                return None;
            }
        }
        let length = start.len() - self.left.len();
        Some(Json::Number(String::from_utf8_lossy(start.get(..length)?).into_owned()))
    }

    fn digits(&mut self) -> usize {
        let count = self.left.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.left = self.left.get(count..).unwrap_or_default();
        count
    }

    /// A text in quotes; the inner `None` is a broken one.
    fn text(&mut self) -> Option<Option<String>> {
        self.takes(b"\"").then_some(())?;
        let (mut text, mut broken) = (String::new(), false);
        loop {
            let plain = self.left.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
            let (run, rest) = self.left.split_at_checked(plain)?;
            self.left = rest;
            self.add_plain(run, &mut text)?;
            match self.take_byte()? {
                b'"' => return Some((!broken).then_some(text)),
                b'\\' => match self.escape()? {
                    Some(character) => text.push(character),
                    None => match self.rules.broken_text {
                        BrokenText::Refused => return None,
                        BrokenText::Replaced => text.push(char::REPLACEMENT_CHARACTER),
                        BrokenText::Held => broken = true,
                    },
                },
                _ => return None,
            }
        }
    }

    fn add_plain(&self, run: &[u8], text: &mut String) -> Option<()> {
        match self.rules.broken_text {
            BrokenText::Replaced => text.push_str(&go_text(run)),
            BrokenText::Refused | BrokenText::Held => text.push_str(std::str::from_utf8(run).ok()?),
        }
        Some(())
    }

    /// What stands behind a backslash; the inner `None` is half a character.
    fn escape(&mut self) -> Option<Option<char>> {
        let plain = match self.take_byte()? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => return self.escaped_unit(),
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            _ => return None,
        };
        Some(Some(plain))
    }

    fn escaped_unit(&mut self) -> Option<Option<char>> {
        let first = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            // Also a second half without a first.
            return Some(char::from_u32(u32::from(first)));
        }
        let behind = self.left;
        let second = if self.takes(b"\\u") { Some(self.four_digits()?) } else { None };
        let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
        if pair.is_none() {
            // What follows half a character stands for itself.
            self.left = behind;
        }
        Some(pair)
    }

    fn four_digits(&mut self) -> Option<u16> {
        let (digits, rest) = self.left.split_at_checked(4)?;
        self.left = rest;
        digits.iter().try_fold(0, |unit: u16, digit| {
            let value = char::from(*digit).to_digit(16)?;
            Some(unit << 4 | u16::try_from(value).ok()?)
        })
    }

    fn take_byte(&mut self) -> Option<u8> {
        let (first, rest) = self.left.split_first()?;
        self.left = rest;
        Some(*first)
    }

    fn takes(&mut self, expected: &[u8]) -> bool {
        let rest = self.left.strip_prefix(expected);
        self.left = rest.unwrap_or(self.left);
        rest.is_some()
    }

    fn blanks(&mut self) {
        let count = self.left.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.left = self.left.get(count..).unwrap_or_default();
    }
}
