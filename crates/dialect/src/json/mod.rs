//! JSON as each old framework wrote it, byte for byte, and request bodies read as tolerantly as they read them.

mod array;
mod broken;
mod encoding;
mod flavour;
mod formatter;
mod number;
mod object;
mod reader;
mod rules;
mod value;

use serde::Serialize;
use serde::ser::Error as _;

pub use array::ArrayWriter;
pub use broken::go_text;
pub use flavour::{JsonFlavour, Layout};
pub use number::{python_float, python_number};
pub use object::{NotAnObject, parse_object};
pub use rules::JsonRules;
pub use value::{Json, JsonObject};

use formatter::FlavourFormatter;

/// The JSON text of `value` in one framework's handwriting, with its final line break if it wrote one.
///
/// # Errors
/// Only what `value` itself cannot do: a map whose keys are not texts, or its own `Serialize` refusing. A plain struct of
/// texts, numbers and lists never fails.
pub fn to_text<T: Serialize + ?Sized>(value: &T, flavour: &JsonFlavour) -> Result<String, serde_json::Error> {
    // Most answers fit: a text that grows from nothing is moved seven times.
    let mut text = Vec::with_capacity(512);
    write_value(value, FlavourFormatter::new(*flavour), &mut text)?;
    if flavour.final_newline {
        text.push(b'\n');
    }
    String::from_utf8(text).map_err(serde_json::Error::custom)
}

fn write_value<T: Serialize + ?Sized>(
    value: &T,
    formatter: FlavourFormatter,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    let sorted = formatter.flavour().sorted;
    let mut serializer = serde_json::Serializer::with_formatter(out, formatter);
    if !sorted {
        return value.serialize(&mut serializer);
    }
    // A struct's members come in the order of its declaration; only a value can be sorted.
    let mut value = serde_json::to_value(value)?;
    value.sort_all_objects();
    value.serialize(&mut serializer)
}

#[cfg(test)]
mod tests;
