//! Requests as bytes on a socket, so that nothing is normalised on the way.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Status and body of one answer; the connection is closed after it.
pub async fn send(address: SocketAddr, method: &str, path: &str, host: &str, body: &str) -> (u16, String) {
    let answer = send_raw(address, &head(method, path, host, body)).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no status in {answer:?}")), body.to_owned())
}

pub async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    send(address, "GET", path, "localhost", "").await
}

pub fn head(method: &str, path: &str, host: &str, body: &str) -> String {
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
}

pub async fn send_raw(address: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    // The server may answer and close before it has read all.
    let _ = socket.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}
