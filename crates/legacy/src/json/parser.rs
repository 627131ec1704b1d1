//! JSON as exporters write it, which is not always JSON: raw bytes in strings, `1e999`, `Infinity`.

use crate::values::{Form, TooLarge, Values};
use crate::{LegacyError, input::Input};

/// Arrays inside arrays.
const DEEPEST: usize = 64;
/// The longest member name.
const LONGEST_NAME: usize = 1024;

/// A reader of JSON.
pub(crate) struct Parser {
    pub input: Input,
}

impl Parser {
    /// The next byte that is no blank, not taken.
    pub fn peek(&mut self) -> Result<Option<u8>, LegacyError> {
        loop {
            match self.input.peek()? {
                Some(byte) if byte.is_ascii_whitespace() => self.input.take(1),
                other => return Ok(other),
            }
        }
    }

    /// Takes this sign.
    pub fn expect(&mut self, sign: u8) -> Result<(), LegacyError> {
        if self.peek()? == Some(sign) {
            self.input.take(1);
            return Ok(());
        }
        Err(self.input.malformed(format!("{:?} was expected", char::from(sign))))
    }

    /// Takes this sign if it is next.
    pub fn take_if(&mut self, sign: u8) -> Result<bool, LegacyError> {
        let found = self.peek()? == Some(sign);
        self.input.take(usize::from(found));
        Ok(found)
    }

    /// A member's name and its colon.
    pub fn name(&mut self) -> Result<Vec<u8>, LegacyError> {
        let mut values = Values::default();
        self.expect(b'"')?;
        self.string(&mut values)?;
        self.expect(b':')?;
        if values.open().len() > LONGEST_NAME {
            return Err(self.input.malformed("a name of more than 1024 bytes"));
        }
        Ok(values.open().to_vec())
    }

    /// A string that is not a row's.
    pub fn text(&mut self) -> Result<String, LegacyError> {
        let mut values = Values::default();
        let form = self.scalar(&mut values)?;
        if form == Form::Text {
            Ok(String::from_utf8_lossy(values.open()).into_owned())
        } else {
            Err(self.input.malformed("a text was expected"))
        }
    }

    /// One value, onto the row. What is no scalar is kept as its JSON text.
    pub fn value(&mut self, values: &mut Values) -> Result<(), LegacyError> {
        let form = match self.peek()? {
            Some(b'{' | b'[') => {
                self.nested(values)?;
                Form::Text
            }
            _ => self.scalar(values)?,
        };
        values.end(form).map_err(|error| self.too_large(error))
    }

    /// Goes over one value.
    pub fn skip(&mut self) -> Result<(), LegacyError> {
        self.value(&mut Values::default())
    }

    fn scalar(&mut self, values: &mut Values) -> Result<Form, LegacyError> {
        match self.peek()? {
            Some(b'"') => {
                self.input.take(1);
                self.string(values)?;
                return Ok(Form::Text);
            }
            Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => {}
            _ => return Err(self.input.malformed("a value was expected")),
        }
        let mut word = Vec::new();
        while let Some(byte @ (b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z')) = self.input.peek()? {
            self.input.take(1);
            word.push(byte);
            if word.len() > LONGEST_NAME {
                return Err(self.input.malformed("a number of more than 1024 bytes"));
            }
        }
        let (form, text): (Form, &[u8]) = match word.as_slice() {
            b"null" => (Form::Null, b""),
            b"true" => (Form::Number, b"1"),
            b"false" => (Form::Number, b"0"),
            b"NaN" | b"Infinity" | b"-Infinity" => (Form::Number, &word),
            number
                if number.iter().any(u8::is_ascii_digit)
                    && !number.iter().any(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E')) =>
            {
                (Form::Number, number)
            }
            _ => return Err(self.input.malformed("a value was expected")),
        };
        values.extend(text).map_err(|error| self.too_large(error))?;
        Ok(form)
    }

    /// The rest of a string, whose opening quote has been taken.
    fn string(&mut self, values: &mut Values) -> Result<(), LegacyError> {
        let mut high = None;
        loop {
            let window = self.input.window()?;
            let stop = memchr::memchr2(b'"', b'\\', window).unwrap_or(window.len());
            if let (Some(half), true) = (high, stop > 0) {
                values.extend(&surrogate(half)).map_err(|error| self.too_large(error))?;
                high = None;
                continue;
            }
            values.extend(window.get(..stop).unwrap_or_default()).map_err(|error| self.too_large(error))?;
            self.input.take(stop);
            let escape = match *self.input.ahead(6)? {
                [] => return Err(self.input.malformed("a text without end")),
                [b'"', ..] => {
                    self.input.take(1);
                    if let Some(half) = high {
                        values.extend(&surrogate(half)).map_err(|error| self.too_large(error))?;
                    }
                    return Ok(());
                }
                [b'\\', b'u', a, b, c, d] | [b'\\', b'u', a, b, c, d, ..] => {
                    let Some(unit) = unit([a, b, c, d]) else {
                        return Err(self.input.malformed("four hex digits were expected"));
                    };
                    self.input.take(6);
                    high = self.unit(unit, high, values)?;
                    continue;
                }
                [b'\\', escape, ..] => escape,
                [b'\\'] => return Err(self.input.malformed("a text without end")),
                _ => continue,
            };
            let byte = match escape {
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'"' | b'\\' | b'/' => escape,
                _ => return Err(self.input.malformed("no escape that JSON has")),
            };
            self.input.take(2);
            if let Some(half) = high.take() {
                values.extend(&surrogate(half)).map_err(|error| self.too_large(error))?;
            }
            values.extend(&[byte]).map_err(|error| self.too_large(error))?;
        }
    }

    /// One UTF-16 unit. A half that has no other is written as what it is, which is no UTF-8: whoever asks for the text is told.
    fn unit(&mut self, unit: u16, high: Option<u16>, values: &mut Values) -> Result<Option<u16>, LegacyError> {
        if let Some(half) = high {
            if let Some(Ok(character)) = char::decode_utf16([half, unit]).next() {
                let mut bytes = [0; 4];
                let text = character.encode_utf8(&mut bytes);
                values.extend(text.as_bytes()).map_err(|error| self.too_large(error))?;
                return Ok(None);
            }
            values.extend(&surrogate(half)).map_err(|error| self.too_large(error))?;
        }
        match unit {
            0xd800..=0xdbff => return Ok(Some(unit)),
            0xdc00..=0xdfff => values.extend(&surrogate(unit)),
            _ => {
                let mut bytes = [0; 4];
                let text = char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}').encode_utf8(&mut bytes);
                values.extend(text.as_bytes())
            }
        }
        .map_err(|error| self.too_large(error))?;
        Ok(None)
    }

    /// An array or object as its own text.
    fn nested(&mut self, values: &mut Values) -> Result<(), LegacyError> {
        let mut open = Vec::new();
        let mut quoted = false;
        loop {
            let Some(byte) = self.input.next()? else {
                return Err(self.input.malformed("an array or object without end"));
            };
            values.extend(&[byte]).map_err(|error| self.too_large(error))?;
            match byte {
                b'\\' if quoted => {
                    let Some(escaped) = self.input.next()? else {
                        return Err(self.input.malformed("a text without end"));
                    };
                    values.extend(&[escaped]).map_err(|error| self.too_large(error))?;
                }
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted && open.len() < DEEPEST => open.push(byte),
                b'{' | b'[' if !quoted => {
                    return Err(self.input.malformed("arrays or objects too deep inside each other"));
                }
                b'}' | b']' if !quoted => {
                    if open.pop() != Some(if byte == b'}' { b'{' } else { b'[' }) {
                        return Err(self.input.malformed("a closing bracket that fits no opening one"));
                    }
                    if open.is_empty() {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
    }

    #[cold]
    fn too_large(&self, _: TooLarge) -> LegacyError {
        self.input.malformed("a row of more than 16 MiB")
    }
}

fn unit(digits: [u8; 4]) -> Option<u16> {
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?))
}

/// Half a character in the form that UTF-8 would have for it.
fn surrogate(unit: u16) -> [u8; 3] {
    let low = |bits: u16| 0x80 | u8::try_from(bits & 0x3f).unwrap_or(0);
    [0xed, low(unit >> 6), low(unit)]
}
