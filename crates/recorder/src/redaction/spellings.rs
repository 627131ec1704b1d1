//! The ways in which one value is written on the wire and in files.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use md5::{Digest, Md5};

/// A value as it may stand somewhere, and what that writing is called.
pub(crate) type Spelling = (&'static str, Vec<u8>);

/// Every writing of a value, in one order for every value: those of a value and of its pseudonym belong together by place.
/// `names`: the login names that old pages mix into digests of a password.
pub(crate) fn spellings(value: &str, names: &[&str]) -> Vec<Spelling> {
    let form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let percent = form.replace('+', "%20");
    let hex = hex(value.as_bytes());
    let mut found = vec![
        ("plain", value.as_bytes().to_vec()),
        ("lower case", value.to_lowercase().into_bytes()),
        ("upper case", value.to_uppercase().into_bytes()),
        ("form", form.clone().into_bytes()),
        ("form, lower case", lower_escapes(&form).into_bytes()),
        ("percent", percent.clone().into_bytes()),
        ("percent, lower case", lower_escapes(&percent).into_bytes()),
        ("percent, few", few_escapes(value).into_bytes()),
        ("percent, twice", percent.replace('%', "%25").into_bytes()),
        ("JSON", json_escaped(value, false, false).into_bytes()),
        ("JSON, slashes", json_escaped(value, false, false).replace('/', "\\/").into_bytes()),
        ("JSON escapes", json_escaped(value, true, false).into_bytes()),
        ("JSON escapes, upper case", json_escaped(value, true, true).into_bytes()),
        // As PHP writes it.
        ("JSON escapes, slashes", json_escaped(value, true, false).replace('/', "\\/").into_bytes()),
        ("HTML", html_escaped(value).into_bytes()),
        ("base64", STANDARD.encode(value).into_bytes()),
        ("base64, no padding", STANDARD_NO_PAD.encode(value).into_bytes()),
        ("base64url", URL_SAFE_NO_PAD.encode(value).into_bytes()),
        ("php page", obfuscated(value).into_bytes()),
        ("hex", hex.clone().into_bytes()),
        ("HEX", hex.to_ascii_uppercase().into_bytes()),
    ];
    // JSON in UTF-16 or UTF-32, which some readers detect.
    let units: Vec<u16> = value.encode_utf16().collect();
    found.push(("UTF-16LE", units.iter().flat_map(|unit| unit.to_le_bytes()).collect()));
    found.push(("UTF-16BE", units.iter().flat_map(|unit| unit.to_be_bytes()).collect()));
    found.push(("UTF-32LE", value.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect()));
    found.push(("UTF-32BE", value.chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect()));
    for digest in digests(value, names) {
        found.push(("md5", digest.clone().into_bytes()));
        found.push(("MD5", digest.to_ascii_uppercase().into_bytes()));
    }
    found
}

/// What stands inside a longer base64 text, wherever in it the value begins: the letters that belong to it alone.
pub(crate) fn inside_base64(value: &str) -> Vec<Spelling> {
    (0..3usize)
        .map(|before| {
            let bytes = [vec![0; before], value.as_bytes().to_vec()].concat();
            let text = STANDARD_NO_PAD.encode(&bytes);
            let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
            ("inside base64", text.get(from..to).unwrap_or_default().as_bytes().to_vec())
        })
        .collect()
}

/// MD5 of the value, of it and its own digest, and of each name and its digest.
fn digests(value: &str, names: &[&str]) -> Vec<String> {
    let plain = md5_hex(value);
    let salted = [value].into_iter().chain(names.iter().copied()).map(|salt| md5_hex(&format!("{salt}{plain}")));
    let address = std::iter::once(md5_hex(&value.trim().to_lowercase()));
    std::iter::once(plain.clone()).chain(address).chain(salted).collect()
}

fn md5_hex(text: &str) -> String {
    hex(&Md5::digest(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Two rounds of turning round and base64, as old php pages hide a password.
fn obfuscated(value: &str) -> String {
    let turned = |text: &str| text.chars().rev().collect::<String>();
    STANDARD.encode(turned(&STANDARD.encode(turned(value))))
}

fn lower_escapes(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    let mut left = 0u8;
    for letter in text.chars() {
        left = if letter == '%' { 3 } else { left };
        lower.push(if left > 0 { letter.to_ascii_lowercase() } else { letter });
        left = left.saturating_sub(1);
    }
    lower
}

/// As a browser's `encodeURIComponent` leaves it.
fn few_escapes(value: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
    value.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// As a JSON text holds it between its quotes.
pub(crate) fn json_escaped(value: &str, ascii: bool, upper: bool) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    if !ascii {
        return inner.to_owned();
    }
    let mut units = [0; 2];
    inner
        .chars()
        .map(|letter| match letter {
            letter if letter.is_ascii() => letter.to_string(),
            letter => letter
                .encode_utf16(&mut units)
                .iter()
                .map(|unit| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") })
                .collect(),
        })
        .collect()
}

pub(crate) fn html_escaped(value: &str) -> String {
    let escaped = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str, name: &str) -> Vec<String> {
        let found = spellings(value, &["111111"]).into_iter().filter(|(label, _)| *label == name);
        found.map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect()
    }

    #[test]
    fn each_writing_is_the_one_that_others_make() {
        assert_eq!(of("a b/密", "form"), ["a+b%2F%E5%AF%86"]);
        assert_eq!(of("a b/密", "percent, lower case"), ["a%20b%2f%e5%af%86"]);
        assert_eq!(of("a\"密", "JSON escapes"), ["a\\\"\\u5bc6"]);
        // The example of php's contract 3.1 and 3.2.
        assert!(of("111111", "md5").contains(&"c97ee47294955604c0af78f83b3c735a".to_owned()));
        assert_eq!(of("111111", "php page"), ["eEVUTXhFVE0="]);
        assert_eq!(spellings("a", &["x"]).len(), spellings("bcd", &["y"]).len());
    }

    #[test]
    fn inside_of_base64_it_is_found_wherever_it_begins() {
        for before in ["", "a", "ab", "abc", "user:"] {
            let text = STANDARD.encode(format!("{before}a long secret and more"));
            let found = inside_base64("a long secret")
                .iter()
                .any(|(_, core)| text.contains(std::str::from_utf8(core).unwrap()));
            assert!(found, "{before}");
        }
    }
}
