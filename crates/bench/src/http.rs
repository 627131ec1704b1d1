//! Just enough of a client to set the stage and to drive writes.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// An answer as far as it matters here.
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// Long: under valgrind the stage takes its time.
const LIMIT: Duration = Duration::from_secs(600);

/// Whoever waits longer for an answer has met a request that hangs: the program's own limit for the database is five seconds.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// Sends a request; `None`: the connection ended before there was a whole answer.
pub fn try_call(address: SocketAddr, method: &str, path: &str, authorization: &str, body: &str) -> Option<Answer> {
    try_call_within(LIMIT, address, method, path, authorization, body)
}

/// The same; `None` also if nothing comes for so long.
pub fn try_call_within(
    limit: Duration,
    address: SocketAddr,
    method: &str,
    path: &str,
    authorization: &str,
    body: &str,
) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(limit)).ok()?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {authorization}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}

/// Sends a request and gives the answer's body; panics on anything but 200.
pub fn call(address: SocketAddr, method: &str, path: &str, authorization: &str, body: &str) -> String {
    let answer = try_call(address, method, path, authorization, body).expect("an answer");
    assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
    answer.body
}
