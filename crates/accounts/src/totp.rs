//! Codes by time (RFC 6238) as every authenticator makes them: SHA-1, six digits, steps of thirty seconds.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::clock::Timestamp;

/// The digits of RFC 4648's base 32.
pub(crate) const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Base 32 digits of a secret: 160 bits, as RFC 4226 asks for.
pub(crate) const SECRET_DIGITS: usize = 32;

const STEP_SECONDS: i64 = 30;
const DIGITS: usize = 6;
/// Steps that a client's clock may be away, to either side.
const CLOCK_STEPS: i64 = 1;

/// The step that a code belongs to, if it is right now or a step away.
pub(crate) fn step_of(secret: &str, typed: &str, now: Timestamp) -> Option<i64> {
    let key = decode(secret)?;
    let typed: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    let present = now.seconds().div_euclid(STEP_SECONDS);
    let steps = present - CLOCK_STEPS..=present + CLOCK_STEPS;
    steps.rev().find(|step| code(&key, *step).is_some_and(|code| code == typed))
}

/// What an authenticator with this secret shows at an instant. `None`: that is no secret.
pub fn code_at(secret: &str, now: Timestamp) -> Option<String> {
    code(&decode(secret)?, now.seconds().div_euclid(STEP_SECONDS))
}

fn code(key: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last()? & 0x0f);
    let chosen: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    let number = (u32::from_be_bytes(chosen) & 0x7fff_ffff) % 1_000_000;
    Some(format!("{number:0DIGITS$}"))
}

fn decode(secret: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for digit in secret.bytes() {
        let value = BASE32.iter().position(|known| *known == digit)?;
        bits = (bits << 5 | u32::try_from(value).ok()?) & 0xfff;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "12345678901234567890", the secret of RFC 6238's appendix B.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn the_codes_of_the_standard() {
        assert_eq!(decode(SECRET).unwrap(), b"12345678901234567890");
        for (second, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_seconds(second);
            assert_eq!(step_of(SECRET, expected, now), Some(second / 30), "{second}");
            assert_eq!(step_of(SECRET, "000000", now), None);
        }
    }

    #[test]
    fn a_step_away_is_borne_and_two_are_not() {
        let at = |second| step_of(SECRET, "287 082", Timestamp::from_seconds(second));
        assert_eq!((at(29), at(30), at(89), at(90)), (Some(1), Some(1), Some(1), None));
        assert_eq!(at(-1), None);
    }

    #[test]
    fn what_is_no_secret_opens_nothing() {
        for secret in ["", "1", "a", "GEZ\u{e9}"] {
            assert_eq!(step_of(secret, "287083", Timestamp::from_seconds(59)), None, "{secret}");
        }
    }
}
