//! Which program a User-Agent names: family and version, both bounded, because a client writes what it likes.

use std::fmt;

/// Longest family and version that are kept.
const LONGEST: (usize, usize) = (32, 16);
/// What a browser's line holds beside all that it claims to be: the first of these that stands in it is what it is.
const BROWSERS: [(&str, &str); 11] = [
    ("Electron/", "Electron"),
    ("MicroMessenger/", "MicroMessenger"),
    ("Edg/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "SamsungBrowser"),
    ("CriOS/", "Chrome"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Firefox/", "Firefox"),
    ("Version/", "Safari"),
];

/// A client program, `okhttp/3.12`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client(String);

impl Client {
    /// What a `User-Agent` names.
    pub fn of_user_agent(value: Option<&[u8]>) -> Self {
        let Some(text) = value.map(|value| String::from_utf8_lossy(value)).filter(|text| !text.trim().is_empty())
        else {
            return Self("(none)".to_owned());
        };
        let text = text.trim();
        let browser = text.starts_with("Mozilla/").then(|| BROWSERS.iter().find_map(|known| named(text, *known)));
        let (family, rest) = browser.flatten().unwrap_or_else(|| first_product(text));
        if family.is_empty() {
            return Self::other();
        }
        match version(rest) {
            "" => Self(family.to_owned()),
            version => Self(format!("{family}/{version}")),
        }
    }

    /// All clients that are not told apart.
    pub fn other() -> Self {
        Self("(other)".to_owned())
    }

    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// As it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn named<'t>(text: &'t str, (mark, family): (&str, &'static str)) -> Option<(&'t str, &'t str)> {
    text.split_once(mark).map(|(_, rest)| (family, rest))
}

/// `Apifox/1.0.0 (https://apifox.com)`: the name before the first slash, and what is behind it.
fn first_product(text: &str) -> (&str, &str) {
    let is_in_a_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._+".contains(byte);
    let length = text.bytes().take(LONGEST.0).take_while(is_in_a_name).count();
    let (family, rest) = text.split_at_checked(length).unwrap_or_default();
    (family, rest.strip_prefix('/').unwrap_or_default())
}

/// The first two numbers: a third would make a client of every nightly build.
fn version(text: &str) -> &str {
    let length = text.bytes().take(LONGEST.1).take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let whole = text.get(..length).unwrap_or_default().trim_end_matches('.');
    match whole.match_indices('.').nth(1) {
        Some((second, _)) => whole.get(..second).unwrap_or(whole),
        None => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_known_by_family_and_version() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2";
        let safari =
            "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1";
        for (line, client) in [
            ("okhttp/3.12.1", "okhttp/3.12"),
            ("python-requests/2.31.0", "python-requests/2.31"),
            ("curl/8.5.0", "curl/8.5"),
            ("Apifox/1.0.0 (https://apifox.com)", "Apifox/1.0"),
            ("Go-http-client/1.1", "Go-http-client/1.1"),
            ("LoCyanFrpClient", "LoCyanFrpClient"),
            ("thing/v2", "thing"),
            (firefox, "Firefox/128.0"),
            (edge, "Edge/120.0"),
            (safari, "Safari/17.4"),
            ("Mozilla/5.0 (compatible)", "Mozilla/5.0"),
            ("", "(none)"),
            ("  ", "(none)"),
            ("\u{202e}/1", "(other)"),
            ("/1.0", "(other)"),
        ] {
            assert_eq!(Client::of_user_agent(Some(line.as_bytes())).as_str(), client, "{line}");
        }
        assert_eq!(Client::of_user_agent(None).as_str(), "(none)");
    }

    #[test]
    fn no_line_makes_a_long_or_strange_client() {
        for line in [
            [b'a'; 9_000].as_slice(),
            b"a/1.2.3.4.5.6.7.8.9.0.1.2.3",
            b"\xff\xfe\x00/9",
            b"x/99999999999999999999999999",
        ] {
            let client = Client::of_user_agent(Some(line));
            assert!(client.as_str().len() <= LONGEST.0 + 1 + LONGEST.1, "{client}");
            assert!(client.as_str().bytes().all(|byte| byte.is_ascii_graphic()), "{client}");
        }
    }
}
