use std::borrow::Cow;

use super::error::UnknownScheme;
use super::hex;

const MAX_SALT: usize = 4096;

/// The salt of a foreign hash: a text where the old program had one, else bytes, which are kept as hex digits.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Salt {
    Text(String),
    Bytes(Vec<u8>),
}

/// Marks a method whose stored salt is in hex.
pub(super) const IN_HEX: &str = "x";

impl Salt {
    pub(super) fn text(salt: &str) -> Result<Self, UnknownScheme> {
        checked_salt(salt).map(Self::Text)
    }

    pub(super) fn bytes(salt: Vec<u8>) -> Result<Self, UnknownScheme> {
        within_bounds(salt.len())?;
        Ok(Self::Bytes(salt))
    }

    /// Reads the stored form.
    pub(super) fn parse(stored: &str, is_hex: bool) -> Result<Self, UnknownScheme> {
        match is_hex {
            true => Self::bytes(hex::decode(stored).ok_or(UnknownScheme::Malformed("the salt is not hex"))?),
            false => Self::text(stored),
        }
    }

    pub(super) fn is_hex(&self) -> bool {
        matches!(self, Self::Bytes(_))
    }

    pub(super) fn stored(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bytes(bytes) => Cow::Owned(hex::encode(bytes)),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// `salt`, if it can be stored: at most 4096 bytes, no U+0000 (which PostgreSQL cannot store).
pub(super) fn checked_salt(salt: &str) -> Result<String, UnknownScheme> {
    within_bounds(salt.len())?;
    if salt.contains('\0') {
        return Err(UnknownScheme::Malformed("U+0000 in the salt"));
    }
    Ok(salt.to_owned())
}

fn within_bounds(length: usize) -> Result<(), UnknownScheme> {
    if length <= MAX_SALT {
        return Ok(());
    }
    Err(UnknownScheme::OutOfBounds { parameter: "salt length", value: length.to_string(), allowed: "up to 4096 bytes" })
}
