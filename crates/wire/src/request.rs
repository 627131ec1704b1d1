//! Request heads.

use std::mem::MaybeUninit;

use crate::{
    BadHead, Headers, LONGEST_HEAD, MOST_HEADERS, Reading, framing::Framing, headers::elements, length::BodyLength,
};

/// A request without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// As it was spelt.
    pub method: String,
    /// The request target as the client sent it.
    pub target: String,
    /// HTTP/1.0.
    pub is_old: bool,
    /// Its lines.
    pub headers: Headers,
}

impl RequestHead {
    /// The head as it goes onto the wire.
    pub fn write(&self, out: &mut Vec<u8>) {
        let version = if self.is_old { " HTTP/1.0\r\n" } else { " HTTP/1.1\r\n" };
        for part in [&self.method, " ", &self.target, version] {
            out.extend_from_slice(part.as_bytes());
        }
        self.headers.write(out);
        out.extend_from_slice(b"\r\n");
    }
}

/// What can be said about a request's body and end without keeping its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLength {
    /// How the end of its body is known.
    pub body: Framing,
    /// A `Content-Length` was among the lines.
    pub is_stated: bool,
    /// It asks for another protocol on this connection.
    pub asks_for_upgrade: bool,
}

/// Settles every doubt about a parsed request's length, and that it is sent to one host; an error: it can be read in two ways.
pub fn request_length(request: &httparse::Request) -> Result<RequestLength, BadHead> {
    let is_old = request.version == Some(0);
    let (mut length, mut hosts, mut asks_for_upgrade) = (BodyLength::default(), 0, false);
    for header in request.headers.iter() {
        match header.name.len() {
            4 if header.name.eq_ignore_ascii_case("Host") => hosts += 1,
            7 if header.name.eq_ignore_ascii_case("Upgrade") => asks_for_upgrade = true,
            10 if header.name.eq_ignore_ascii_case("Connection") => {
                asks_for_upgrade |= elements(header.value).any(|option| option.eq_ignore_ascii_case(b"upgrade"));
            }
            _ => length.hear(header.name, header.value, is_old)?,
        }
    }
    if hosts != 1 && !(is_old && hosts == 0) {
        return Err(BadHead::Malformed);
    }
    let body = length.framing()?.unwrap_or(Framing::NOTHING);
    Ok(RequestLength { body, is_stated: length.is_stated(), asks_for_upgrade })
}

/// Reads the head at the front of `bytes`.
pub fn read_request(bytes: &[u8]) -> Reading<RequestHead> {
    let mut lines = [const { MaybeUninit::uninit() }; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(bytes, &mut lines) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() < LONGEST_HEAD => return Reading::Incomplete,
        Ok(httparse::Status::Partial) => return Reading::Bad(BadHead::TooLarge),
        Err(error) => return Reading::Bad(BadHead::of(error)),
    };
    let (Some(method), Some(target)) = (request.method, request.path) else { return Reading::Bad(BadHead::Malformed) };
    match request_length(&request) {
        Err(bad) => Reading::Bad(bad),
        Ok(RequestLength { body, .. }) => Reading::Head {
            head: RequestHead {
                method: method.to_owned(),
                target: target.to_owned(),
                is_old: request.version == Some(0),
                headers: Headers::of(request.headers),
            },
            length,
            body,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Chunks;

    fn read(text: &str) -> (RequestHead, usize, Framing) {
        match read_request(text.as_bytes()) {
            Reading::Head { head, length, body } => (head, length, body),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_head_is_written_as_it_was_read() {
        let text =
            "pOST /a?b=%41 HTTP/1.1\r\nhOST: x\r\nX-B: 1\r\nx-a: \u{e9}\r\ntransfer-Encoding: chunked\r\n\r\nbehind";
        let (head, length, body) = read(text);
        assert_eq!(body, Framing::Chunked(Chunks::new()));
        assert_eq!(length, text.len() - 6);
        let mut out = Vec::new();
        head.write(&mut out);
        assert_eq!(out, text.as_bytes().get(..length).unwrap());
        assert_eq!(read("GET / HTTP/1.0\r\n\r\n").2, Framing::NOTHING);
        assert_eq!(read_request(b"GET / HTTP/1.1\r\nHost: x\r\n"), Reading::Incomplete);
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for lines in [
            "",
            "Host: a\r\nHost: b\r\n",
            "Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Host: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
            "Host: a\r\nContent-Length: +1\r\n",
            "Host: a\r\nContent-Length: 1, 1\r\n",
            "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n",
            "Host: a\r\nTransfer-Encoding: \u{b}chunked\r\n",
            "Host: a\r\nX: y\r\n folded\r\n",
            "Host: a\r\nContent-Length : 1\r\n",
        ] {
            let text = format!("GET / HTTP/1.1\r\n{lines}\r\n");
            assert_eq!(read_request(text.as_bytes()), Reading::Bad(BadHead::Malformed), "{lines}");
        }
        let old = b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(read_request(old), Reading::Bad(BadHead::Malformed));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(MOST_HEADERS + 1));
        assert_eq!(read_request(many.as_bytes()), Reading::Bad(BadHead::TooLarge));
        let long = format!("GET / HTTP/1.1\r\nX: {}", "y".repeat(LONGEST_HEAD));
        assert_eq!(read_request(long.as_bytes()), Reading::Bad(BadHead::TooLarge));
    }
}
