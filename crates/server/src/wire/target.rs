//! Request targets as old clients wrote them: with raw UTF-8 or GBK, with quotes and angle brackets. The parser refuses such
//! bytes; the old servers took them, so they go on percent-encoded. Blanks and control characters stay refused: they are
//! what a request line is taken apart at.

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Whether the parser would refuse this byte where the old servers did not.
fn is_raw(byte: u8) -> bool {
    matches!(byte, b'"' | b'<' | b'>' | b'`' | 0x80..)
}

/// A request line whose target needs encoding, encoded; `None` when the line is fine or not for us to mend.
pub fn encoded_line(line: &[u8]) -> Option<Vec<u8>> {
    let start = line.iter().position(|byte| *byte == b' ')? + 1;
    let (method, rest) = line.split_at_checked(start)?;
    let end = rest.iter().position(|byte| *byte == b' ')?;
    let (target, version) = rest.split_at_checked(end)?;
    let raw = target.iter().filter(|byte| is_raw(**byte)).count();
    if raw == 0 {
        return None;
    }
    let mut encoded = Vec::with_capacity(line.len() + 2 * raw);
    encoded.extend_from_slice(method);
    encode(target, &mut encoded);
    encoded.extend_from_slice(version);
    Some(encoded)
}

fn encode(target: &[u8], out: &mut Vec<u8>) {
    for byte in target {
        if is_raw(*byte) {
            let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        } else {
            out.push(*byte);
        }
    }
}

/// As much of the path as can be read in what may be no request line at all; `/` when nothing can.
pub fn readable_path(line: &[u8]) -> Vec<u8> {
    const LONGEST: usize = 1024;
    let target = line.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    let authority_ends = |rest: &[u8]| rest.iter().position(|byte| *byte == b'/');
    let path = match target.strip_prefix(b"http://").or_else(|| target.strip_prefix(b"https://")) {
        Some(rest) => authority_ends(rest).and_then(|slash| rest.get(slash..)).unwrap_or_default(),
        None => target,
    };
    let is_path = |byte: &&u8| **byte > b' ' && **byte != 0x7f && !matches!(**byte, b'?' | b'#');
    let readable: Vec<u8> = path.iter().take_while(is_path).take(LONGEST).copied().collect();
    let mut encoded = Vec::new();
    if readable.first() == Some(&b'/') {
        encode(&readable, &mut encoded);
    } else {
        encoded.push(b'/');
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(line: &[u8]) -> Option<String> {
        encoded_line(line).map(|line| String::from_utf8(line).unwrap())
    }

    #[test]
    fn raw_bytes_are_encoded_and_nothing_else() {
        assert_eq!(
            encoded("GET /a/é?n=张\"<> HTTP/1.1\r\n".as_bytes()).unwrap(),
            "GET /a/%C3%A9?n=%E5%BC%A0%22%3C%3E HTTP/1.1\r\n"
        );
        assert_eq!(encoded(b"GET /\xd6\xd0`%41 HTTP/1.1\r\n").unwrap(), "GET /%D6%D0%60%41 HTTP/1.1\r\n");
        assert_eq!(encoded(b"GET /a?b={c}|^[] HTTP/1.1\r\n"), None);
    }

    #[test]
    fn what_takes_a_line_apart_is_left_to_the_parser() {
        for line in [&b"GET /a"[..], b"GET", b"", b"GET /a\x00b HTTP/1.1\r\n", b"GET /a HTTP/1.1\xff\r\n"] {
            assert_eq!(encoded(line), None, "{line:?}");
        }
        // The part behind the second blank is no target.
        assert_eq!(encoded("GET /a é HTTP/1.1\r\n".as_bytes()), None);
        assert_eq!(encoded(b"GET /\x01\xff HTTP/1.1\r\n").unwrap(), "GET /\u{1}%FF HTTP/1.1\r\n");
    }

    #[test]
    fn the_longest_readable_path() {
        for (line, path) in [
            (&b"GET /v1/x\x01y HTTP/1.1"[..], &b"/v1/x"[..]),
            (b"GET /v1/x?y HTTP/1.1", b"/v1/x"),
            (b"GET http://h:1/v1/x HTTP/1.1", b"/v1/x"),
            (b"GET http://h HTTP/1.1", b"/"),
            (b"GET /\xff HTTP/1.1", b"/%FF"),
            (b"\x16\x03\x01", b"/"),
            (b"GET x", b"/"),
            (b"", b"/"),
        ] {
            assert_eq!(readable_path(line), path, "{line:?}");
        }
    }
}
