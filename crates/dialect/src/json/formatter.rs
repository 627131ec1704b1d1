//! The one `serde_json` formatter behind every flavour.

use std::io::{self, Write};

use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use super::flavour::{Escapes, JsonFlavour, Spacing};
use super::number::{python_float, python_number};

#[derive(Clone)]
pub(super) struct FlavourFormatter {
    flavour: JsonFlavour,
    depth: usize,
    /// Whether the innermost open array or object has anything in it.
    has_value: bool,
}

impl FlavourFormatter {
    pub(super) fn new(flavour: JsonFlavour) -> Self {
        Self { flavour, depth: 0, has_value: false }
    }

    pub(super) fn flavour(&self) -> &JsonFlavour {
        &self.flavour
    }

    fn open<W: Write + ?Sized>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        writer.write_all(bracket)
    }

    fn close<W: Write + ?Sized>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.break_line(writer)?;
        }
        writer.write_all(bracket)
    }

    fn separate<W: Write + ?Sized>(&self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(if self.flavour.spacing == Spacing::Compact { b"," } else { b", " })?;
        }
        self.break_line(writer)
    }

    fn break_line<W: Write + ?Sized>(&self, writer: &mut W) -> io::Result<()> {
        if self.flavour.spacing == Spacing::Indented {
            writer.write_all(b"\n")?;
            for _ in 0..self.depth {
                writer.write_all(b"  ")?;
            }
        }
        Ok(())
    }
}

/// `\uXXXX`. Formatting it by `write!` was an eighth of all instructions of a read with a Chinese answer.
fn escaped(unit: u16) -> [u8; 6] {
    let digit = |shift: u32| match (unit >> shift & 15) as u8 {
        low @ 0..=9 => b'0' + low,
        high => b'a' - 10 + high,
    };
    [b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]
}

/// Writes the characters at the front of `text` that are escaped, a run of them at once: a Chinese text is little else. Gives the rest.
fn write_escaped_run<'t, W: Write + ?Sized>(escapes: &Escapes, text: &'t str, writer: &mut W) -> io::Result<&'t str> {
    let (mut run, mut units) = ([[0; 6]; 16], 0);
    let mut characters = text.chars();
    loop {
        let rest = characters.as_str();
        let next = characters.next().filter(|character| escapes.touch(*character));
        // A character may need two of them.
        if next.is_none() || units + 2 > run.len() {
            writer.write_all(run.get(..units).unwrap_or_default().as_flattened())?;
            units = 0;
        }
        match next {
            None => return Ok(rest),
            Some('/') => {
                writer.write_all(run.get(..units).unwrap_or_default().as_flattened())?;
                units = 0;
                writer.write_all(b"\\/")?;
            }
            Some(character) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    if let Some(place) = run.get_mut(units) {
                        *place = escaped(*unit);
                        units += 1;
                    }
                }
            }
        }
    }
}

impl Formatter for FlavourFormatter {
    fn write_f32<W: Write + ?Sized>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        if self.flavour.python_numbers {
            // The shortest digits of the f32 itself: widened to f64, 0.675501 would show its error.
            writer.write_all(python_number(&format!("{value:?}")).as_bytes())
        } else {
            CompactFormatter.write_f32(writer, value)
        }
    }

    fn write_f64<W: Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        if self.flavour.python_numbers {
            writer.write_all(python_float(value).as_bytes())
        } else {
            CompactFormatter.write_f64(writer, value)
        }
    }

    fn write_number_str<W: Write + ?Sized>(&mut self, writer: &mut W, value: &str) -> io::Result<()> {
        if self.flavour.python_numbers {
            writer.write_all(python_number(value).as_bytes())
        } else {
            writer.write_all(value.as_bytes())
        }
    }

    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let escapes = &self.flavour.escapes;
        let mut left = fragment;
        while let Some(at) = escapes.first_in(left) {
            let (raw, escaped) = left.split_at(at);
            writer.write_all(raw.as_bytes())?;
            left = write_escaped_run(escapes, escaped, writer)?;
        }
        writer.write_all(left.as_bytes())
    }

    fn write_char_escape<W: Write + ?Sized>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        let short = self.flavour.escapes.short_controls;
        match escape {
            CharEscape::Quote => writer.write_all(b"\\\""),
            CharEscape::ReverseSolidus => writer.write_all(b"\\\\"),
            CharEscape::Solidus => writer.write_all(b"\\/"),
            CharEscape::LineFeed => writer.write_all(b"\\n"),
            CharEscape::CarriageReturn => writer.write_all(b"\\r"),
            CharEscape::Tab => writer.write_all(b"\\t"),
            CharEscape::Backspace if short => writer.write_all(b"\\b"),
            CharEscape::FormFeed if short => writer.write_all(b"\\f"),
            CharEscape::Backspace => writer.write_all(b"\\u0008"),
            CharEscape::FormFeed => writer.write_all(b"\\u000c"),
            CharEscape::AsciiControl(byte) => writer.write_all(&escaped(byte.into())),
        }
    }

    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.separate(writer, first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.separate(writer, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.flavour.spacing == Spacing::Compact { b":" } else { b": " })
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}
