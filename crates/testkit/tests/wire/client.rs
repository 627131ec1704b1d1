//! A client that sends bytes and shows bytes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use dragoman_testkit::{Backend, TestServer, TestSettings};

pub const DIALECTS: [&str; 5] = ["frp", "medusa", "php", "proxy", "v1"];

pub fn server(settings: TestSettings<'_>) -> TestServer {
    TestServer::start(&Backend::Sqlite, settings)
}

/// An answer, read as far as its Content-Length says or, with none, to the connection's end.
#[derive(Debug)]
pub struct Answer {
    pub status_line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.status_line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    pub fn names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

pub struct Client {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub fn of(server: &TestServer) -> Self {
        let address = server.url().strip_prefix("http://").unwrap();
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { socket, buffer: Vec::new() }
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        // The server may have answered and closed already.
        let _ = self.socket.write_all(bytes.as_ref());
        self
    }

    pub fn end(&mut self) -> &mut Self {
        let _ = self.socket.shutdown(Shutdown::Write);
        self
    }

    fn fill(&mut self) -> bool {
        let mut space = [0; 65_536];
        match self.socket.read(&mut space) {
            Ok(0) | Err(_) => false,
            Ok(length) => {
                self.buffer.extend_from_slice(&space[..length]);
                true
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.buffer.drain(..end + 2).collect::<Vec<u8>>();
                return Some(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            if !self.fill() {
                return None;
            }
        }
    }

    /// The next answer; `None` when the connection ends before one.
    pub fn answer(&mut self, without_body: bool) -> Option<Answer> {
        let status_line = self.line()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut answer = Answer { status_line, headers, body: String::new() };
        let length = answer.header("Content-Length").map(|length| length.parse::<usize>().unwrap());
        while !without_body && length.is_none_or(|length| self.buffer.len() < length) && self.fill() {}
        let length = if without_body { 0 } else { length.unwrap_or(self.buffer.len()) };
        let body: Vec<u8> = self.buffer.drain(..length.min(self.buffer.len())).collect();
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Some(answer)
    }

    /// The length of everything up to the end of the connection.
    pub fn rest_length(&mut self) -> usize {
        let mut length = self.buffer.len();
        while self.fill() {
            length += std::mem::take(&mut self.buffer).len();
        }
        length
    }

    /// Everything up to the end of the connection.
    pub fn rest(&mut self) -> String {
        while self.fill() {}
        String::from_utf8_lossy(&std::mem::take(&mut self.buffer)).into_owned()
    }
}

/// One request on a connection of its own.
pub fn ask(server: &TestServer, request: impl AsRef<[u8]>) -> Answer {
    let without_body = request.as_ref().starts_with(b"HEAD ");
    Client::of(server).send(request).answer(without_body).expect("an answer")
}

pub fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: old.example\r\n\r\n").into_bytes()
}
