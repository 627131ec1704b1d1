//! The forms in which a password arrives (section 3). Plain text is none of them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use dragoman_passwords::{Presented, Secret};

/// Most bytes of a new password in UTF-8: bcrypt of the other servers reads no further (7.2 row 11).
const BYTES: usize = 72;

/// What a sent password can mean, in the order in which it is tried (3.3): a digest, the plain text behind the
/// obfuscation, or, with odds of 4 in 10^17, both. `None`: neither, so flag 1005.
pub fn readings(sent: &str) -> Option<Vec<Presented>> {
    let plain = deobfuscate(sent).map(Presented::Plain);
    let readings: Vec<Presented> = Presented::digest(sent).into_iter().chain(plain).collect();
    (!readings.is_empty()).then_some(readings)
}

/// Undoes two rounds of reverse and Base64 (3.2). Strict: what another encoder would write differently is refused.
pub fn deobfuscate(sent: &str) -> Option<Secret> {
    let unpadded = sent.trim_end_matches('=');
    if unpadded.is_empty()
        || sent.len() - unpadded.len() > 2
        || !unpadded.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return None;
    }
    let mut inner = STANDARD.decode(sent).ok().filter(|inner| inner.is_ascii())?;
    inner.reverse();
    let reversed = String::from_utf8(STANDARD.decode(inner).ok()?).ok()?;
    if reversed.is_empty() || reversed.contains(['\u{fffd}', '\0']) {
        return None;
    }
    Some(Secret::new(reversed.chars().rev().collect::<String>()))
}

/// Whether a new password is as long as it may be (7.2 row 11, section 9 row 9).
pub fn is_of_good_length(password: &Secret, shortest: usize, longest: usize) -> bool {
    let characters = std::str::from_utf8(password.as_bytes()).map_or(0, |text| text.chars().count());
    (shortest..=longest).contains(&characters) && password.as_bytes().len() <= BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn obfuscate(plain: &str) -> String {
        let reversed: String = plain.chars().rev().collect();
        let inner: String = STANDARD.encode(reversed).chars().rev().collect();
        STANDARD.encode(inner)
    }

    fn plain(sent: &str) -> Option<String> {
        deobfuscate(sent).map(|secret| String::from_utf8(secret.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn the_contracts_examples() {
        for (text, sent) in [
            ("a", "PT1RWQ=="),
            ("111111", "eEVUTXhFVE0="),
            ("123456", "eEl6TTBVak4="),
            ("Secret-1", "PU1WWmpKWFowMVNN"),
            ("p@ss+w/rd", "d0IwY3p0eWR2SUha"),
            ("密码Ab1", "RythNUJDNjVCSldN"),
        ] {
            assert_eq!(obfuscate(text), sent);
            assert_eq!(plain(sent).as_deref(), Some(text));
        }
    }

    #[test]
    fn nothing_but_the_exact_form_is_decoded() {
        for bad in [
            "",
            "=",
            "==",
            "111111",
            "eEVUTXhFVE0",
            "eEVUTXhFVE0==",
            "eEVUTXhFVE0=\n",
            " eEVUTXhFVE0=",
            "eEVU TXhFVE0=",
            // Bits behind the last character.
            "PT1RWR==",
            // The outer layer never holds these.
            "+/+/",
            "PT1R-WQ=",
            "eEVUTXhFVE0=====",
        ] {
            assert_eq!(plain(bad), None, "{bad:?}");
        }
        let twice = |inner: &[u8]| STANDARD.encode(inner.iter().rev().copied().collect::<Vec<u8>>());
        assert_eq!(plain(&twice(b"YQ==")).as_deref(), Some("a"));
        // Not canonical, not padded, not ASCII, no Base64 inside.
        for inner in [&b"YR=="[..], b"YQ", b"YQ=", b"\xe5\xaf\x86", b"a-b_"] {
            assert_eq!(plain(&twice(inner)), None, "{inner:?}");
        }
        // Not UTF-8, U+FFFD, U+0000.
        for reversed in [&b"\xff\xfe"[..], "a\u{fffd}".as_bytes(), b"a\0", b"\xed\xa0\xbd\xed\xb8\x80"] {
            assert_eq!(plain(&twice(STANDARD.encode(reversed).as_bytes())), None, "{reversed:?}");
        }
    }

    #[test]
    fn a_client_that_reverses_whole_characters_may_use_emoji() {
        assert_eq!(plain(&obfuscate("pass👍word")).as_deref(), Some("pass👍word"));
    }

    #[test]
    fn a_digest_comes_before_the_plain_text_that_looks_like_one() {
        let digest = Presented::digest("c97ee47294955604c0af78f83b3c735a").unwrap();
        assert_eq!(readings("C97EE47294955604C0AF78F83B3C735A"), Some(vec![digest]));
        assert_eq!(readings("eEVUTXhFVE0="), Some(vec![Presented::plain("111111")]));
        assert_eq!(readings("c97ee47294955604c0af78f83b3c735a0"), None);
        let both = hex_like();
        assert_eq!(both.len(), 32);
        let found = readings(&both).unwrap();
        assert!(matches!(found.as_slice(), [Presented::Digest(_), Presented::Plain(_)]), "{both}");
    }

    /// A value that is 32 hex digits and decodes: every group of three inner characters is chosen by its encoding.
    fn hex_like() -> String {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut groups = Vec::new();
        for &first in alphabet {
            for &second in alphabet {
                for &third in alphabet {
                    let encoded = STANDARD.encode([first, second, third]);
                    if encoded.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                        groups.push(encoded);
                    }
                }
            }
        }
        let pairs = groups.iter().flat_map(|left| groups.iter().map(move |right| format!("{left}{right}")));
        pairs.map(|pair| pair.repeat(4)).find(|value| deobfuscate(value).is_some()).unwrap()
    }

    #[test]
    fn lengths_count_characters_and_bytes() {
        let fits = |text: &str| is_of_good_length(&Secret::from(text), 6, 32);
        assert!(fits("123456") && fits(&"密".repeat(24)) && fits(&"a".repeat(32)));
        assert!(!fits("12345") && !fits(&"a".repeat(33)));
        // 25 characters, 75 bytes.
        assert!(!fits(&"密".repeat(25)));
    }
}
