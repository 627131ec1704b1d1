//! Request heads: whether one is complete, can be read in one way only, and where its body ends.
//!
//! What is handed on has been read here with the same parser, and every doubt about its length has been settled: two
//! readers that disagree about the end of a request are what smuggling is made of. The rules are the room `dragoman-wire`'s.

use std::mem::MaybeUninit;

use bytes::{Buf, BytesMut};
use dragoman_dialect::Declined;
use dragoman_wire::{Framing, LONGEST_HEAD, MOST_HEADERS, RequestLength, elements, request_length};

use super::target::{encoded_line, readable_path};

/// The longest target that the HTTP library can keep.
const LONGEST_TARGET: usize = 65_534;

/// What the bytes received so far are.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    Incomplete,
    /// Stands at the front of the buffer, `length` bytes long.
    Head {
        length: usize,
        body: Framing,
        is_head: bool,
        /// CONNECT: nothing behind it is HTTP.
        is_last: bool,
    },
    Declined(Declined),
    /// Stands at the front of the buffer as it came: it is not the HTTP library that answers it.
    Passed,
}

/// Whether a request for this target, sent to this host, is passed to somebody else.
pub type Passes = dyn Fn(&str, Option<&str>) -> bool;

/// Whether a request may begin like this, of which not even the first line is complete.
pub fn may_begin(bytes: &[u8]) -> bool {
    bytes.first().is_none_or(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'\r' | b'\n'))
}

/// Encodes the target of a request line that is complete; says whether it is. Blank lines before it are skipped, as RFC
/// 9112 (2.2) wants it.
pub fn mend_line(buffer: &mut BytesMut) -> bool {
    while let Some(blank) = [&b"\r\n"[..], b"\n"].into_iter().find(|blank| buffer.starts_with(blank)) {
        buffer.advance(blank.len());
    }
    let Some(end) = buffer.iter().position(|byte| *byte == b'\n') else { return false };
    if let Some(line) = buffer.get(..end).and_then(encoded_line) {
        replace_front(buffer, end, &line);
    }
    true
}

/// Looks at the front of the buffer, whose request line has been mended. A head is made ready to be handed on.
pub fn read(buffer: &mut BytesMut, passes: Option<&Passes>) -> Reading {
    let mut headers = [const { MaybeUninit::uninit() }; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(buffer, &mut headers) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if buffer.len() < LONGEST_HEAD => return Reading::Incomplete,
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
            return Reading::Declined(Declined::HeadTooLarge);
        }
        Err(_) => return Reading::Declined(Declined::Malformed),
    };
    match judge(&request) {
        None => Reading::Declined(Declined::Malformed),
        Some(_) if passes.is_some_and(|passes| is_passed(passes, &request)) => Reading::Passed,
        Some(Judged { body, rewritten }) => {
            let (is_head, is_last) = (request.method == Some("HEAD"), request.method == Some("CONNECT"));
            let length = match rewritten {
                None => length,
                Some(head) => {
                    replace_front(buffer, length, &head);
                    head.len()
                }
            };
            Reading::Head { length, body, is_head, is_last }
        }
    }
}

/// A request for the application to refuse, in place of one that cannot be read: as much as can be read of its path, where
/// it was sent and whence it came, so that the right dialect refuses it in a way that the right page can see.
pub fn stand_in(unreadable: &[u8]) -> Vec<u8> {
    const READ: usize = 16_384;
    let mut lines = unreadable.get(..READ).unwrap_or(unreadable).split(|byte| *byte == b'\n');
    let line = lines.next().unwrap_or_default();
    let method: &[u8] = if line.starts_with(b"HEAD ") { b"HEAD " } else { b"GET " };
    let version: &[u8] = if line.trim_ascii_end().ends_with(b"HTTP/1.0") { b" HTTP/1.0" } else { b" HTTP/1.1" };
    let mut request = [method, &readable_path(line), version, b"\r\n"].concat();
    let headers: Vec<_> = lines.filter_map(readable_header).collect();
    let value =
        |name: &str| headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes())).map(|found| found.1);
    for (name, value) in [("Host", Some(value("Host").unwrap_or_default())), ("Origin", value("Origin"))] {
        if let Some(value) = value {
            request.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
    }
    request.extend_from_slice(b"Connection: close\r\n\r\n");
    request
}

fn readable_header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let value = value.strip_prefix(b":")?.trim_ascii();
    value.iter().all(u8::is_ascii_graphic).then_some((name, value))
}

/// TRACE would tell a client what the old server is told, CONNECT asks for a tunnel to anywhere: neither leaves.
fn is_passed(passes: &Passes, request: &httparse::Request) -> bool {
    if matches!(request.method, Some("TRACE" | "CONNECT")) {
        return false;
    }
    let host = request.headers.iter().find(|header| is(header, "Host"));
    let host = host.and_then(|host| std::str::from_utf8(host.value).ok());
    request.path.is_some_and(|target| passes(target, host))
}

struct Judged {
    body: Framing,
    /// The head as it is to be handed on, where that is another one.
    rewritten: Option<Vec<u8>>,
}

/// `None`: it can be read in two ways, or the HTTP library would not take it.
fn judge(request: &httparse::Request) -> Option<Judged> {
    let is_old = request.version? == 0;
    let RequestLength { body, is_stated, asks_for_upgrade } = request_length(request).ok()?;
    if !is_target(request.path?) {
        return None;
    }
    // A POST of HTTP/1.0 without a length had no body on the old servers.
    let lacks_length = is_old && !is_stated && request.method == Some("POST");
    let rewritten = (lacks_length || asks_for_upgrade).then(|| rewrite(request, lacks_length)).flatten();
    Some(Judged { body, rewritten })
}

fn is(header: &httparse::Header, name: &str) -> bool {
    header.name.eq_ignore_ascii_case(name)
}

/// Whether the HTTP library takes it. Paths of usual characters it does; what else there is, it is asked.
fn is_target(target: &str) -> bool {
    let usual = |byte: u8| matches!(byte, b'!' | b'$'..=b';' | b'=' | b'?'..=b'_' | b'a'..=b'z' | b'~');
    if target.len() > LONGEST_TARGET {
        return false;
    }
    target.starts_with('/') && target.bytes().all(usual) || target.parse::<actix_web::http::Uri>().is_ok()
}

/// The same head without an upgrade, which this server has none of, and with the length that it lacks.
fn rewrite(request: &httparse::Request, lacks_length: bool) -> Option<Vec<u8>> {
    let version: &str = if request.version? == 0 { "HTTP/1.0" } else { "HTTP/1.1" };
    let mut head = [request.method?, " ", request.path?, " ", version, "\r\n"].concat().into_bytes();
    let mut line =
        |name: &str, value: &[u8]| head.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
    for header in request.headers.iter() {
        if is(header, "Upgrade") {
            continue;
        }
        if is(header, "Connection") {
            let kept: Vec<&[u8]> =
                elements(header.value).filter(|option| !option.eq_ignore_ascii_case(b"upgrade")).collect();
            if !kept.is_empty() {
                line(header.name, &kept.join(&b", "[..]));
            }
            continue;
        }
        line(header.name, header.value);
    }
    if lacks_length {
        line("Content-Length", b"0");
    }
    head.extend_from_slice(b"\r\n");
    Some(head)
}

fn replace_front(buffer: &mut BytesMut, length: usize, front: &[u8]) {
    let behind = buffer.split_off(length.min(buffer.len()));
    buffer.clear();
    buffer.extend_from_slice(front);
    buffer.extend_from_slice(&behind);
}

#[cfg(test)]
mod tests;
