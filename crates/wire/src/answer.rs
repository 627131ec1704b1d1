//! Answer heads.

use std::mem::MaybeUninit;

use crate::{BadHead, Headers, LONGEST_HEAD, MOST_HEADERS, Reading, framing::Framing, length::BodyLength};

/// An answer without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerHead {
    /// 100 to 999.
    pub status: u16,
    /// The words behind it, as they were sent.
    pub reason: Vec<u8>,
    /// HTTP/1.0.
    pub is_old: bool,
    /// Its lines.
    pub headers: Headers,
}

impl AnswerHead {
    /// `100 Continue` or its like: the answer itself follows. After 101 another protocol does.
    pub fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }

    /// The head as it goes onto the wire.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.is_old { b"HTTP/1.0 " } else { b"HTTP/1.1 " });
        out.extend_from_slice(self.status.to_string().as_bytes());
        out.push(b' ');
        out.extend_from_slice(&self.reason);
        out.extend_from_slice(b"\r\n");
        self.headers.write(out);
        out.extend_from_slice(b"\r\n");
    }
}

/// Reads the head at the front of `bytes`, the answer to a request of `method`.
pub fn read_answer(bytes: &[u8], method: &str) -> Reading<AnswerHead> {
    let mut lines = [const { MaybeUninit::uninit() }; MOST_HEADERS];
    let mut answer = httparse::Response::new(&mut []);
    let parser = httparse::ParserConfig::default();
    let length = match parser.parse_response_with_uninit_headers(&mut answer, bytes, &mut lines) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() < LONGEST_HEAD => return Reading::Incomplete,
        Ok(httparse::Status::Partial) => return Reading::Bad(BadHead::TooLarge),
        Err(error) => return Reading::Bad(BadHead::of(error)),
    };
    let (Some(status @ 100..), Some(version)) = (answer.code, answer.version) else {
        return Reading::Bad(BadHead::Malformed);
    };
    let is_old = version == 0;
    let mut stated = BodyLength::default();
    let heard = answer.headers.iter().try_for_each(|header| stated.hear(header.name, header.value, is_old));
    match heard.and_then(|()| stated.framing()) {
        Err(bad) => Reading::Bad(bad),
        Ok(stated) => {
            let head = AnswerHead { status, reason: reason(bytes), is_old, headers: Headers::of(answer.headers) };
            let body = body(&head, stated, method);
            Reading::Head { head, length, body }
        }
    }
}

/// RFC 9112, 6.3.
fn body(head: &AnswerHead, stated: Option<Framing>, method: &str) -> Framing {
    match head.status {
        101 => Framing::ToTheEnd,
        100..200 | 204 | 304 => Framing::NOTHING,
        _ if method == "HEAD" => Framing::NOTHING,
        _ => stated.unwrap_or(Framing::ToTheEnd),
    }
}

/// The parser keeps no reason with letters outside ASCII.
fn reason(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(0);
    let line =
        bytes.get(start..).unwrap_or_default().split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    // "HTTP/1.1 200 "
    line.get(13..).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Chunks;

    fn body(text: &str, method: &str) -> Framing {
        match read_answer(text.as_bytes(), method) {
            Reading::Head { body, .. } => body,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_head_is_written_as_it_was_read() {
        for text in [
            "HTTP/1.1 200 OK\r\nX-Powered-By: PHP\r\nset-cookie: b\r\nSet-Cookie: a\r\nServer:  \r\n\r\n",
            "HTTP/1.0 404 n\u{e9}ant\r\n\r\n",
            "HTTP/1.1 299 \r\nA: b\r\n\r\n",
        ] {
            let Reading::Head { head, length, .. } = read_answer(text.as_bytes(), "GET") else { panic!("{text}") };
            assert_eq!(length, text.len());
            let mut out = Vec::new();
            head.write(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text.replace(":  \r", ": \r"));
        }
    }

    #[test]
    fn where_an_answer_ends() {
        assert_eq!(body("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "GET"), Framing::Length(7));
        assert_eq!(body("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "HEAD"), Framing::NOTHING);
        assert_eq!(body("HTTP/1.1 304 Not\r\nContent-Length: 7\r\n\r\n", "GET"), Framing::NOTHING);
        assert_eq!(body("HTTP/1.1 204 No\r\n\r\n", "GET"), Framing::NOTHING);
        assert_eq!(body("HTTP/1.1 100 Continue\r\n\r\n", "GET"), Framing::NOTHING);
        assert_eq!(body("HTTP/1.1 101 Switching\r\n\r\n", "GET"), Framing::ToTheEnd);
        assert_eq!(body("HTTP/1.0 200 OK\r\n\r\n", "GET"), Framing::ToTheEnd);
        assert_eq!(body("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n", "GET"), Framing::Chunked(Chunks::new()));
        assert_eq!(read_answer(b"HTTP/1.1 200 OK\r\nA: b\r\n", "GET"), Reading::Incomplete);
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
            "HTTP/1.1 099 OK\r\n\r\n",
            "HTTP/2 200\r\n\r\n",
            "garbage",
        ] {
            assert_eq!(read_answer(text.as_bytes(), "GET"), Reading::Bad(BadHead::Malformed), "{text}");
        }
    }
}
