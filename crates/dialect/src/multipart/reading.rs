//! Whose reader of `multipart/form-data` is imitated, and the boundary each finds in a Content-Type.

use super::parameters::Parameters;

/// The three readers of the old servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// medusa: any boundary; heads of parts in CR LF; `base64` and `quoted-printable` are decoded.
    Django,
    /// frp and php: any boundary; lines end as they like.
    Php,
    /// v1: a boundary outside quotes must be a token; a body keeps to the line ends of its first line;
    /// `quoted-printable` is decoded.
    Go,
}

/// Longest boundary that Django takes.
const LONGEST: usize = 200;

impl Reading {
    /// The boundary that a Content-Type names.
    pub(super) fn boundary(self, content_type: &[u8]) -> Option<Vec<u8>> {
        let boundary = match self {
            Self::Django => named(&Parameters::lenient(&String::from_utf8_lossy(content_type)))?,
            Self::Php => php_boundary(content_type)?,
            Self::Go => named(&Parameters::strict(&String::from_utf8_lossy(content_type))?)?,
        };
        let is_printable = boundary.iter().all(|byte| (b' '..=b'~').contains(byte));
        let ends_well = boundary.last().is_some_and(|byte| *byte != b' ');
        (boundary.len() <= LONGEST && is_printable && ends_well).then_some(boundary)
    }

    /// Whether the head of a part must be in CR LF.
    pub(super) fn wants_cr(self) -> bool {
        self == Self::Django
    }
}

fn named(parameters: &Parameters) -> Option<Vec<u8>> {
    parameters.get("boundary").map(|boundary| boundary.as_bytes().to_vec())
}

/// What is behind the word, wherever it stands, up to `,` or `;`.
fn php_boundary(content_type: &[u8]) -> Option<Vec<u8>> {
    const WORD: &[u8] = b"boundary";
    let at = content_type.windows(WORD.len()).position(|window| window.eq_ignore_ascii_case(WORD))?;
    let behind = content_type.get(at..)?;
    let sign = behind.iter().position(|byte| *byte == b'=')?;
    let value = behind.get(sign + 1..)?;
    let until = |value: &[u8], ends: &[u8]| value.iter().position(|byte| ends.contains(byte));
    let boundary = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted.get(..until(quoted, b"\"")?)?,
        None => value.get(..until(value, b",;").unwrap_or(value.len()))?,
    };
    Some(boundary.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_as_each_server_finds_them() {
        // Header value; what Django, PHP and Go read.
        for (parameters, django, php, go) in [
            ("; boundary=abc", Some("abc"), Some("abc"), Some("abc")),
            (";Boundary=\"a b;c\" ; charset=x", Some("a b;c"), Some("a b;c"), Some("a b;c")),
            ("; boundary=----=_Part_1_2.3", Some("----=_Part_1_2.3"), Some("----=_Part_1_2.3"), None),
            ("; boundary=2019-07-05T19:09:16", Some("2019-07-05T19:09:16"), Some("2019-07-05T19:09:16"), None),
            ("; boundary=a/b?c", Some("a/b?c"), Some("a/b?c"), None),
            ("; boundary=a,b", Some("a,b"), Some("a"), None),
            ("; boundary='abc'", Some("'abc'"), Some("'abc'"), Some("'abc'")),
            ("; boundary=abc; charset", Some("abc"), Some("abc"), None),
            (" boundary=abc", None, Some("abc"), None),
            ("; boundary=abc;", Some("abc"), Some("abc"), Some("abc")),
            ("; boundary=", None, None, None),
            ("; boundary=\"\"", None, None, None),
            ("; boundary=é", None, None, None),
            ("", None, None, None),
        ] {
            let value = format!("multipart/form-data{parameters}");
            let read = [Reading::Django, Reading::Php, Reading::Go]
                .map(|reading| reading.boundary(value.as_bytes()).map(|boundary| String::from_utf8(boundary).unwrap()));
            assert_eq!(read, [django, php, go].map(|boundary| boundary.map(str::to_owned)), "{value}");
        }
        let long = format!("multipart/form-data; boundary={}", "x".repeat(201));
        assert_eq!(Reading::Php.boundary(long.as_bytes()), None);
    }
}
