//! Long lists, an element at a time.

use std::io;

use serde::Serialize;
use serde::ser::Error as _;
use serde_json::ser::Formatter;

use super::flavour::Spacing;
use super::formatter::FlavourFormatter;
use super::{JsonFlavour, to_text, write_value};

/// Writes an object whose only member is an array, `{"data":[…]}`, element by element, so that a list of a million rows
/// needs the memory of one. The bytes are those [`to_text`] would have given for the whole.
///
/// ```
/// # use dragoman_dialect::json::{ArrayWriter, JsonFlavour, Layout};
/// # fn main() -> Result<(), serde_json::Error> {
/// let mut body = Vec::new();
/// let mut rows = ArrayWriter::open(&JsonFlavour::flask(Layout::Compact), "data", &mut body)?;
/// rows.element(&1, &mut body)?;
/// rows.element(&2, &mut body)?;
/// rows.close(&mut body)?;
/// assert_eq!(body, b"{\"data\":[1,2]}\n");
/// # Ok(())
/// # }
/// ```
pub struct ArrayWriter {
    formatter: FlavourFormatter,
    first: bool,
}

impl ArrayWriter {
    /// Appends the opening, up to and with `[`.
    ///
    /// # Errors
    /// None in practice: a `Vec` takes every write.
    pub fn open(flavour: &JsonFlavour, member: &str, out: &mut Vec<u8>) -> Result<Self, serde_json::Error> {
        let unbroken = JsonFlavour { final_newline: false, ..*flavour };
        let name = to_text(member, &unbroken)?;
        let mut formatter = FlavourFormatter::new(*flavour);
        open(&mut formatter, &name, out).map_err(serde_json::Error::custom)?;
        Ok(Self { formatter, first: true })
    }

    /// Appends one element with what separates it from the one before.
    ///
    /// # Errors
    /// As [`to_text`]; `out` is then as it was.
    pub fn element<T: Serialize + ?Sized>(&mut self, value: &T, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        let before = out.len();
        let written = self
            .formatter
            .begin_array_value(out, self.first)
            .map_err(serde_json::Error::custom)
            .and_then(|()| write_value(value, self.formatter.clone(), out));
        if written.is_err() {
            out.truncate(before);
            return written;
        }
        self.first = false;
        self.formatter.end_array_value(out).map_err(serde_json::Error::custom)
    }

    /// As [`ArrayWriter::element`] for one that stands as compact JSON already, its members in order and its fractions as this flavour
    /// writes them: only characters are escaped that this flavour escapes. `None`: this flavour is not compact, and `out` is as it was.
    pub fn compact_element(&mut self, text: &str, out: &mut Vec<u8>) -> Option<()> {
        if self.formatter.flavour().spacing != Spacing::Compact {
            return None;
        }
        let before = out.len();
        let begun = self.formatter.begin_array_value(out, self.first);
        if begun.and_then(|()| self.formatter.write_string_fragment(out, text)).is_err() {
            out.truncate(before);
            return None;
        }
        self.first = false;
        self.formatter.end_array_value(out).ok()
    }

    /// Appends the end of the array and of the object.
    ///
    /// # Errors
    /// None in practice: a `Vec` takes every write.
    pub fn close(mut self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        close(&mut self.formatter, out).map_err(serde_json::Error::custom)
    }
}

fn open(formatter: &mut FlavourFormatter, name: &str, out: &mut Vec<u8>) -> io::Result<()> {
    formatter.begin_object(out)?;
    formatter.begin_object_key(out, true)?;
    out.extend_from_slice(name.as_bytes());
    formatter.end_object_key(out)?;
    formatter.begin_object_value(out)?;
    formatter.begin_array(out)
}

fn close(formatter: &mut FlavourFormatter, out: &mut Vec<u8>) -> io::Result<()> {
    formatter.end_array(out)?;
    formatter.end_object_value(out)?;
    formatter.end_object(out)?;
    if formatter.flavour().final_newline {
        out.push(b'\n');
    }
    Ok(())
}
