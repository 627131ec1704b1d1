//! One HTTP exchange with our own server on a loopback socket.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::command_line::Complaint;

/// The answer to a request, as far as a login needs it.
pub(super) struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The member of a JSON body at a pointer.
    pub fn at(&self, pointer: &str) -> Value {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body.pointer(pointer).cloned().unwrap_or_default()
    }

    /// The text there, or the empty one.
    pub fn text(&self, pointer: &str) -> String {
        self.at(pointer).as_str().unwrap_or_default().to_owned()
    }

    /// What was answered, for people.
    pub fn told(&self) -> String {
        let status = self.head.lines().next().unwrap_or_default();
        format!("{status}: {}", String::from_utf8_lossy(&self.body))
    }
}

/// What is sent with a request.
pub(super) enum Body<'b> {
    None,
    Json(Value),
    Form(&'b [(&'b str, &'b str)]),
}

/// Sends a request and reads its answer to the end.
pub(super) async fn exchange(
    server: SocketAddr,
    path: &str,
    cookie: Option<&str>,
    body: Body<'_>,
) -> Result<Answer, Complaint> {
    let (method, kind, body) = match body {
        Body::None => ("GET", "", String::new()),
        Body::Json(body) => ("POST", "Content-Type: application/json\r\n", body.to_string()),
        Body::Form(fields) => ("POST", "Content-Type: application/x-www-form-urlencoded\r\n", form(fields)),
    };
    let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n{cookie}{kind}");
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or("the server gave no HTTP answer")?;
    let (head, body) = answer.split_at(end);
    let (head, body) = (String::from_utf8_lossy(head).into_owned(), body.get(4..).unwrap_or_default().to_vec());
    Ok(Answer { head, body })
}

fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    fields.join("&")
}
