//! The values of a row: literals, and the few functions that exporters wrap them in.

use crate::sql::{function, lexer::Lexer};
use crate::values::{Form, Values};
use crate::{Charset, LegacyError};

impl Lexer {
    /// One value, onto the row. Blanks before it have been taken.
    #[inline]
    pub fn value(&mut self, values: &mut Values) -> Result<(), LegacyError> {
        let form = match self.input.peek()? {
            Some(quote @ (b'\'' | b'"')) => {
                self.input.take(1);
                self.text(quote, values)?;
                Form::Text
            }
            Some(b'0') if matches!(*self.input.ahead(2)?, [_, b'x' | b'X', ..]) => {
                self.input.take(2);
                self.hex(values)?;
                Form::Bytes
            }
            Some(b'N') if matches!(*self.input.ahead(5)?, [_, b'U', b'L', b'L', b',' | b')', ..]) => {
                self.input.take(4);
                Form::Null
            }
            Some(b'0'..=b'9' | b'-' | b'+' | b'.') => self.number(values)?,
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => self.worded(values)?,
            _ => return Err(self.input.malformed("a value was expected")),
        };
        values.end(form).map_err(|error| self.too_large(error))
    }

    /// `-1.5e300`, also with the blank behind the minus that the npm mysqldump puts there.
    fn number(&mut self, values: &mut Values) -> Result<Form, LegacyError> {
        let mut digits = false;
        while let Some(byte) = self.input.peek()? {
            match byte {
                b'0'..=b'9' => digits = true,
                b'.' | b'e' | b'E' | b'-' | b'+' => {}
                b' ' if values.open() == b"-" => {
                    self.input.take(1);
                    continue;
                }
                b'I' | b'i' if values.open() == b"-" => {
                    let word = self.word()?;
                    values.extend(&word).map_err(|error| self.too_large(error))?;
                    return Ok(Form::Number);
                }
                _ => break,
            }
            values.extend(&[byte]).map_err(|error| self.too_large(error))?;
            self.input.take(1);
        }
        if digits { Ok(Form::Number) } else { Err(self.input.malformed("a number was expected")) }
    }

    /// The hex digits behind `0x` or `X'`, as bytes.
    fn hex(&mut self, values: &mut Values) -> Result<(), LegacyError> {
        let mut half = None;
        loop {
            let digit = self.input.peek()?.and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit.and_then(|digit| u8::try_from(digit).ok()) else { break };
            self.input.take(1);
            half = match half {
                None => Some(digit),
                Some(high) => {
                    values.extend(&[high << 4 | digit]).map_err(|error| self.too_large(error))?;
                    None
                }
            };
        }
        if half.is_some() { Err(self.input.malformed("an odd number of hex digits")) } else { Ok(()) }
    }

    /// The binary digits behind `b'`, as bytes.
    fn bits(&mut self, values: &mut Values) -> Result<(), LegacyError> {
        let mut digits = Vec::new();
        while let Some(digit @ (b'0' | b'1')) = self.input.peek()? {
            self.input.take(1);
            digits.push(digit - b'0');
            if digits.len() > 64 {
                return Err(self.input.malformed("more than 64 bits"));
            }
        }
        for byte in digits.rchunks(8).rev() {
            let byte = byte.iter().fold(0, |byte, digit| byte << 1 | digit);
            values.extend(&[byte]).map_err(|error| self.too_large(error))?;
        }
        Ok(())
    }

    fn closing(&mut self, quote: u8) -> Result<(), LegacyError> {
        match self.input.next()? {
            Some(byte) if byte == quote => Ok(()),
            _ => Err(self.input.malformed("a quote was expected behind the digits")),
        }
    }

    /// A value that begins with a letter.
    fn worded(&mut self, values: &mut Values) -> Result<Form, LegacyError> {
        let word = self.word()?;
        let quote = self.input.peek()?.filter(|byte| matches!(byte, b'\'' | b'"'));
        match (word.to_ascii_uppercase().as_slice(), quote) {
            (b"NULL", _) => Ok(Form::Null),
            (b"TRUE", _) => values.extend(b"1").map(|()| Form::Number).map_err(|error| self.too_large(error)),
            (b"FALSE", _) => values.extend(b"0").map(|()| Form::Number).map_err(|error| self.too_large(error)),
            (b"INF" | b"NAN", _) => values.extend(&word).map(|()| Form::Number).map_err(|error| self.too_large(error)),
            (b"X", Some(quote)) => {
                self.input.take(1);
                self.hex(values)?;
                self.closing(quote)?;
                Ok(Form::Bytes)
            }
            (b"B", Some(quote)) => {
                self.input.take(1);
                self.bits(values)?;
                self.closing(quote)?;
                Ok(Form::Bytes)
            }
            (b"N", Some(quote)) => {
                self.input.take(1);
                self.text(quote, values)?;
                Ok(Form::Text)
            }
            ([b'_', charset @ ..], _) => {
                let charset = String::from_utf8_lossy(charset).into_owned();
                self.introduced(&charset, values)
            }
            (function, None) => {
                let function = String::from_utf8_lossy(function).into_owned();
                function::call(self, &function, values, 0)
            }
            _ => Err(self.input.malformed("a value was expected")),
        }
    }

    /// What stands behind `_binary` or `_utf8mb4`.
    fn introduced(&mut self, charset: &str, values: &mut Values) -> Result<Form, LegacyError> {
        self.blank()?;
        match self.input.peek()? {
            Some(quote @ (b'\'' | b'"')) => {
                self.input.take(1);
                self.text(quote, values)?;
            }
            Some(b'0') if self.input.take_if(b"0x")? => self.hex(values)?,
            Some(b'x' | b'X') if matches!(*self.input.ahead(2)?, [_, b'\'', ..]) => {
                self.input.take(2);
                self.hex(values)?;
                self.closing(b'\'')?;
            }
            _ => return Err(self.input.malformed("a text was expected behind its character set")),
        }
        let binary = Charset::called(charset).is_binary();
        Ok(if binary { Form::Bytes } else { Form::Text })
    }
}
