//! The encodings in which Python's `json.loads` takes bytes: found out by a byte order mark, else by the zero bytes of the
//! first character, which in JSON is always ASCII.

use std::borrow::Cow;
use std::fmt::Write;

#[derive(Clone, Copy)]
enum Order {
    Big,
    Little,
}

/// The text of a body in UTF-8. `None` if it is not what its first bytes say. Half a character of UTF-16 becomes the JSON
/// escape that means the same.
pub(super) fn to_utf8(body: &[u8]) -> Option<Cow<'_, [u8]>> {
    use Order::{Big, Little};
    // Four bytes before two: the mark of UTF-32 begins with that of UTF-16.
    Some(match body {
        [0, 0, 0xfe, 0xff, rest @ ..] => Cow::Owned(from_utf_32(rest, Big)?),
        [0xff, 0xfe, 0, 0, rest @ ..] => Cow::Owned(from_utf_32(rest, Little)?),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(from_utf_16(rest, Big)?),
        [0xff, 0xfe, rest @ ..] => Cow::Owned(from_utf_16(rest, Little)?),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        [0, 0, _, _, ..] => Cow::Owned(from_utf_32(body, Big)?),
        [0, _, _, _, ..] | [0, _] => Cow::Owned(from_utf_16(body, Big)?),
        [_, 0, 0, 0, ..] => Cow::Owned(from_utf_32(body, Little)?),
        [_, 0, _, _, ..] | [_, 0] => Cow::Owned(from_utf_16(body, Little)?),
        _ => Cow::Borrowed(body),
    })
}

fn from_utf_16(bytes: &[u8], order: Order) -> Option<Vec<u8>> {
    let (units, []) = bytes.as_chunks::<2>() else { return None };
    let units = units.iter().map(|unit| match order {
        Order::Big => u16::from_be_bytes(*unit),
        Order::Little => u16::from_le_bytes(*unit),
    });
    let mut text = String::with_capacity(bytes.len());
    for character in char::decode_utf16(units) {
        match character {
            Ok(character) => text.push(character),
            Err(half) => write!(text, "\\u{:04x}", half.unpaired_surrogate()).ok()?,
        }
    }
    Some(text.into_bytes())
}

fn from_utf_32(bytes: &[u8], order: Order) -> Option<Vec<u8>> {
    let (units, []) = bytes.as_chunks::<4>() else { return None };
    let units = units.iter().map(|unit| match order {
        Order::Big => u32::from_be_bytes(*unit),
        Order::Little => u32::from_le_bytes(*unit),
    });
    let mut text = String::with_capacity(bytes.len() / 2);
    for unit in units {
        match char::from_u32(unit) {
            Some(character) => text.push(character),
            None if (0xd800..0xe000).contains(&unit) => write!(text, "\\u{unit:04x}").ok()?,
            None => return None,
        }
    }
    Some(text.into_bytes())
}
