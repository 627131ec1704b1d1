//! Answer heads as the HTTP library writes them, in lower case and in any order, written anew as the old server wrote them.

use bytes::BytesMut;
use dragoman_dialect::HeaderNames;
use dragoman_wire::{Chunks, Framing};

/// A head that has been written anew.
#[derive(Debug, PartialEq, Eq)]
pub struct AnswerHead {
    /// Its length as the library wrote it.
    pub length: usize,
    /// How the end of its body is known.
    pub body: Framing,
    /// Only `100 Continue` or its like: the answer itself follows.
    pub is_interim: bool,
}

/// A header line of the library's: where its name goes, and the line itself.
type Line<'a> = (usize, Option<&'static str>, &'a [u8], &'a [u8]);

/// Writes the head at the front of `bytes` to `out`; `None` when there is no whole head.
pub fn rewrite(bytes: &[u8], names: HeaderNames, without_body: bool, out: &mut BytesMut) -> Option<AnswerHead> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let status_line = lines.next()?;
    let status = status(status_line)?;
    let (mut headers, mut length): (Vec<Line>, _) = (Vec::with_capacity(16), status_line.len());
    let (mut body, mut is_whole) = (Framing::ToTheEnd, false);
    for line in lines {
        length += line.len();
        if line == b"\r\n" {
            is_whole = true;
            break;
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at_checked(colon)?;
        match name {
            b"content-length" => body = Framing::Length(decimal(value)?),
            b"transfer-encoding" => body = Framing::Chunked(Chunks::new()),
            _ => {}
        }
        let (place, spelling) = names.find(name);
        headers.push((place, spelling, name, value));
    }
    if !is_whole {
        return None;
    }
    // Those without a place of their own come in the order of their names, so that every answer looks like the last.
    headers.sort_by(|left, right| left.0.cmp(&right.0).then_with(|| left.2.cmp(right.2)));
    out.reserve(length);
    out.extend_from_slice(status_line);
    for (_, spelling, name, value) in headers {
        match spelling {
            Some(spelling) => out.extend_from_slice(spelling.as_bytes()),
            None => capitalise(name, out),
        }
        out.extend_from_slice(value);
    }
    out.extend_from_slice(b"\r\n");
    let is_interim = (100..200).contains(&status);
    let body = if without_body || matches!(status, 204 | 304) || is_interim { Framing::NOTHING } else { body };
    Some(AnswerHead { length, body, is_interim })
}

fn status(line: &[u8]) -> Option<u16> {
    std::str::from_utf8(line.strip_prefix(b"HTTP/1.")?.get(2..5)?).ok()?.parse().ok()
}

fn decimal(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value.strip_prefix(b":")?.trim_ascii()).ok()?.parse().ok()
}

/// `x-frame-options` as `X-Frame-Options`.
fn capitalise(name: &[u8], out: &mut BytesMut) {
    let mut begins = true;
    for byte in name {
        let byte = if begins { byte.to_ascii_uppercase() } else { *byte };
        begins = byte == b'-';
        out.extend_from_slice(&[byte]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: HeaderNames =
        HeaderNames::new(&["Set-Cookie", "Content-Type", "VerificationCodeKey", "Content-Length"]);

    fn rewritten(head: &str, names: HeaderNames, without_body: bool) -> (AnswerHead, String) {
        let mut out = BytesMut::new();
        let answer = rewrite(head.as_bytes(), names, without_body, &mut out).unwrap();
        (answer, String::from_utf8(out.to_vec()).unwrap())
    }

    #[test]
    fn names_are_spelt_and_ordered() {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-frame-options: DENY\r\ndate: now\r\nverificationcodekey: k:1\r\n\
                    set-cookie: b\r\ncontent-type: text/html\r\nset-cookie: a\r\n\r\nhi";
        let (answer, text) = rewritten(head, NAMES, false);
        assert_eq!(
            text,
            "HTTP/1.1 200 OK\r\nSet-Cookie: b\r\nSet-Cookie: a\r\nContent-Type: text/html\r\nVerificationCodeKey: k:1\r\n\
             Content-Length: 2\r\nDate: now\r\nX-Frame-Options: DENY\r\n\r\n"
        );
        assert_eq!(answer, AnswerHead { length: head.len() - 2, body: Framing::Length(2), is_interim: false });
    }

    #[test]
    fn where_an_answer_ends() {
        let body = |head: &str, without_body| rewritten(head, HeaderNames::USUAL, without_body).0.body;
        assert_eq!(body("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n", true), Framing::NOTHING);
        assert_eq!(body("HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n", false), Framing::NOTHING);
        assert_eq!(body("HTTP/1.1 204 No Content\r\n\r\n", false), Framing::NOTHING);
        assert_eq!(body("HTTP/1.0 200 OK\r\n\r\n", false), Framing::ToTheEnd);
        let chunked = body("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", false);
        assert_eq!(chunked, Framing::Chunked(Chunks::new()));
        assert!(rewritten("HTTP/1.1 100 Continue\r\n\r\n", NAMES, false).0.is_interim);
    }

    #[test]
    fn what_is_no_whole_head_is_left_alone() {
        for bytes in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\na: b\r\n", "nonsense\r\n\r\n"] {
            assert_eq!(rewrite(bytes.as_bytes(), NAMES, false, &mut BytesMut::new()), None, "{bytes}");
        }
    }
}
