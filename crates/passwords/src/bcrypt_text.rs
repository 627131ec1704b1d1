//! The text form bcrypt hashes have everywhere: `$2b$COST$SALT-AND-HASH`, 60 characters.

use std::fmt;

use base64::alphabet::BCRYPT;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq;

use super::error::UnknownScheme;

/// Length of the text form in bytes.
pub(super) const TEXT_LENGTH: usize = 60;

// Some old libraries left garbage in the unused bits of the salt's last character.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The cost of a bcrypt hash: 2 to this power rounds, from 4 to 20 (some 50 s).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(u32);

impl Cost {
    /// The least cost bcrypt allows; for tests.
    pub const MINIMUM: Self = Self(4);

    /// The cost of this number.
    pub fn new(cost: u32) -> Result<Self, UnknownScheme> {
        if (4..=20).contains(&cost) {
            return Ok(Self(cost));
        }
        Err(UnknownScheme::OutOfBounds { parameter: "bcrypt cost", value: cost.to_string(), allowed: "4 to 20" })
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

/// What a bcrypt hash consists of.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct BcryptText {
    /// `a`, `b`, `x` or `y`; the very first hashes had none.
    pub(super) version: Option<char>,
    pub(super) cost: Cost,
    pub(super) salt: [u8; 16],
    pub(super) hash: [u8; 23],
}

impl BcryptText {
    pub(super) fn parse(text: &str) -> Result<Self, UnknownScheme> {
        const MALFORMED: UnknownScheme = UnknownScheme::Malformed("not a bcrypt hash");
        let body = text.strip_prefix("$2").ok_or(MALFORMED)?;
        let (version, body) = body.split_once('$').ok_or(MALFORMED)?;
        let (cost, body) = body.split_once('$').ok_or(MALFORMED)?;
        let (salt, hash) = body.split_at_checked(22).ok_or(MALFORMED)?;
        let version = match version {
            "" => None,
            "a" => Some('a'),
            "b" => Some('b'),
            "x" => Some('x'),
            "y" => Some('y'),
            _ => return Err(MALFORMED),
        };
        if text.len() != TEXT_LENGTH - usize::from(version.is_none())
            || cost.len() != 2
            || !cost.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(MALFORMED);
        }
        let cost = Cost::new(cost.parse().map_err(|_| MALFORMED)?)?;
        Ok(Self { version, cost, salt: decode(salt).ok_or(MALFORMED)?, hash: decode(hash).ok_or(MALFORMED)? })
    }

    /// Whether `hash` is this hash; constant time.
    pub(super) fn has(&self, hash: &[u8; 23]) -> bool {
        self.hash.ct_eq(hash).into()
    }
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64.decode(text).ok()?.try_into().ok()
}

impl fmt::Display for BcryptText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (salt, hash) = (BASE64.encode(self.salt), BASE64.encode(self.hash));
        let version = self.version.map(String::from).unwrap_or_default();
        write!(formatter, "$2{version}${:02}${salt}{hash}", self.cost.get())
    }
}

/// bcrypt's 23 bytes for `key`, which is cut after 72 bytes; a terminating NUL is the caller's affair.
pub(super) fn run(key: &[u8], cost: Cost, salt: [u8; 16]) -> [u8; 23] {
    let key = match key.get(..72).unwrap_or(key) {
        [] => &[0],
        key => key,
    };
    let [hash @ .., _] = bcrypt::bcrypt(cost.get(), salt, key);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_bounded() {
        assert_eq!(Cost::new(4), Ok(Cost::MINIMUM));
        assert_eq!(Cost::new(20).map(Cost::get), Ok(20));
        for cost in [0, 3, 21, 31, u32::MAX] {
            assert!(matches!(Cost::new(cost), Err(UnknownScheme::OutOfBounds { .. })));
        }
    }

    #[test]
    fn text_goes_both_ways() {
        let text = "$2y$10$eCW5.2lFhthqgoo1uhGT4eKA8E0Mb4Vum2BDnnrqFLQx/DqKPHmVi";
        let parsed = BcryptText::parse(text).unwrap();
        assert_eq!((parsed.version, parsed.cost.get()), (Some('y'), 10));
        assert_eq!(parsed.to_string(), text);
        let nameless = text.replace("$2y", "$2");
        assert_eq!(BcryptText::parse(&nameless).unwrap().to_string(), nameless);
    }

    #[test]
    fn anything_else_is_refused() {
        let good = "$2y$10$eCW5.2lFhthqgoo1uhGT4eKA8E0Mb4Vum2BDnnrqFLQx/DqKPHmVi";
        for bad in [
            String::new(),
            good[..59].to_owned(),
            format!("{good}x"),
            good.replace("$2y", "$2z"),
            good.replace("$10$", "$1x$"),
            good.replace("$10$", "$+9$"),
            good.replace("eCW5", "eCW+"),
            good.replace("eCW", "密"),
            good.replace("$10$", "$31$"),
        ] {
            assert!(BcryptText::parse(&bad).is_err(), "{bad}");
        }
    }
}
