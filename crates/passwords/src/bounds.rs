//! Bounds of cost parameters: a dump may be hostile, and one login must not occupy the machine.

use super::error::UnknownScheme;

/// The number that `digits` write, if it is from 1 to `most`.
pub(super) fn bounded(
    parameter: &'static str,
    digits: &str,
    most: u32,
    allowed: &'static str,
) -> Result<u32, UnknownScheme> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(UnknownScheme::Malformed("a cost parameter is not a number"));
    }
    match digits.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => {
            let value = digits.chars().take(20).collect();
            Err(UnknownScheme::OutOfBounds { parameter, value, allowed })
        }
    }
}

/// The shortest key that is a proof of a password and not a guess.
const SHORTEST_KEY: usize = 12;

/// `length`, if a key of so many bytes is taken.
pub(super) fn key_length(length: usize, most: usize) -> Result<usize, UnknownScheme> {
    if (SHORTEST_KEY..=most).contains(&length) {
        return Ok(length);
    }
    let allowed = "from 12 bytes to the whole digest";
    Err(UnknownScheme::OutOfBounds { parameter: "key length", value: length.to_string(), allowed })
}
