//! A raw HTTP/1.1 exchange over a plain socket, so that a test sends exactly the bytes it means.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    thread,
    time::Duration,
};

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawAnswer {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, values as sent.
    pub headers: Vec<(String, String)>,
    /// The body, chunks joined.
    pub body: Vec<u8>,
}

impl RawAnswer {
    /// The first header of a name given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends a whole request (it must say `Connection: close`), closes the sending side and reads the answer.
pub fn exchange(url: &str, request: &[u8]) -> io::Result<RawAnswer> {
    exchange_over(url, request, true)
}

/// As [`exchange`], for servers that take a closed sending side for a client that has gone.
pub fn exchange_held(url: &str, request: &[u8]) -> io::Result<RawAnswer> {
    exchange_over(url, request, false)
}

fn exchange_over(url: &str, request: &[u8], closes: bool) -> io::Result<RawAnswer> {
    let address = url.trim_start_matches("http://");
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let answer = thread::scope(|scope| {
        // A server that has heard enough answers and reads no further: nobody may wait here for it to go on.
        scope.spawn(|| {
            let _ = (&stream).write_all(request);
            if closes {
                let _ = stream.shutdown(Shutdown::Write);
            }
        });
        let answer = read_answer(&stream);
        let _ = stream.shutdown(Shutdown::Both);
        answer
    })?;
    parse(&answer).ok_or_else(|| io::Error::other(format!("no HTTP answer: {:?}", String::from_utf8_lossy(&answer))))
}

/// Reads until the answer is whole by its own length, or the connection ends.
fn read_answer(mut stream: &TcpStream) -> io::Result<Vec<u8>> {
    let (mut answer, mut chunk) = (Vec::new(), [0; 65_536]);
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return Ok(answer),
            Ok(read) => answer.extend_from_slice(&chunk[..read]),
            Err(error) if answer.is_empty() => return Err(error),
            Err(_) => return Ok(answer),
        }
        if is_whole(&answer) {
            return Ok(answer);
        }
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(RawAnswer { headers, body, .. }) = parse(answer) else { return false };
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

/// A request with a JSON body, or none for an empty one.
pub fn call(url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> RawAnswer {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        request.push_str("Content-Type: application/json\r\n");
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    exchange(url, request.as_bytes()).expect("the server answers")
}

fn parse(answer: &[u8]) -> Option<RawAnswer> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    if status == 100 {
        // Only leave to go on.
        return parse(&answer[end + 4..]);
    }
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let body = answer[end + 4..].to_vec();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { join_chunks(&body)? } else { body };
    Some(RawAnswer { status, headers, body })
}

fn join_chunks(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut joined = Vec::new();
    loop {
        let line = body.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&body[..line]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(joined);
        }
        joined.extend_from_slice(body.get(line + 2..line + 2 + size)?);
        body = body.get(line + 4 + size..)?;
    }
}
