//! The requests of real clients, byte for byte: the pages of the five old systems, their apps, and the HTTP libraries of
//! home-made ones (docs/clients.md).
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test")]

mod console;
mod console_pages;
mod leaf;
mod libraries;
mod medusa;
mod panels;
mod pool;
mod site;

use dragoman_testkit::{
    Backend, TestServer,
    http::{RawAnswer, call, exchange},
};
use serde_json::{Value, json};

/// A server with these accounts of one dialect.
fn server(dialect: &str, settings: Value, accounts: Value) -> TestServer {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    let given = json!({"dialect": dialect, "settings": settings, "accounts": accounts});
    let reset = call(server.url(), "POST", "/_testing/reset", &[], &given.to_string());
    assert_eq!(reset.status, 204, "{}", reset.text());
    server
}

/// Sends a request written in lines; `{host}` is the server's, `{length}` that of the body.
fn send(server: &TestServer, head: &str, body: &[u8]) -> RawAnswer {
    let host = server.url().trim_start_matches("http://");
    let length = body.len().to_string();
    let lines: Vec<String> = head
        .trim()
        .lines()
        .map(|line| line.trim_start().replace("{host}", host).replace("{length}", &length))
        .collect();
    let mut request = format!("{}\r\n\r\n", lines.join("\r\n")).into_bytes();
    request.extend_from_slice(body);
    exchange(server.url(), &request).unwrap_or_else(|error| panic!("{error}: {head}"))
}

/// The member of a JSON answer at a pointer.
fn at(answer: &RawAnswer, pointer: &str) -> Value {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.text()));
    body.pointer(pointer).cloned().unwrap_or(Value::Null)
}

/// The text at a pointer.
fn text(answer: &RawAnswer, pointer: &str) -> String {
    at(answer, pointer).as_str().unwrap_or_else(|| panic!("no {pointer}: {}", answer.text())).to_owned()
}

/// A preflight as Chromium writes it, and whether a page of that origin may then send the request.
fn may_send(server: &TestServer, origin: &str, path: &str, method: &str, headers: &str) -> bool {
    let head = format!(
        "OPTIONS {path} HTTP/1.1
         Host: {{host}}
         Connection: close
         Accept: */*
         Access-Control-Request-Method: {method}
         Access-Control-Request-Headers: {headers}
         Origin: {origin}
         Sec-Fetch-Mode: cors
         Accept-Encoding: gzip, deflate"
    );
    let answer = send(server, &head, b"");
    let lists = |name: &str, wanted: &str| {
        let listed = answer.header(name).unwrap_or_default().to_ascii_lowercase();
        wanted.split(',').all(|wanted| listed.split(',').any(|one| one.trim() == wanted.trim().to_ascii_lowercase()))
    };
    (200..300).contains(&answer.status)
        && may_read(&answer, origin)
        && (method == "GET" || method == "POST" || lists("access-control-allow-methods", method))
        && lists("access-control-allow-headers", headers)
}

/// Whether a browser shows the answer to a page of that origin.
fn may_read(answer: &RawAnswer, origin: &str) -> bool {
    answer.header("access-control-allow-origin").is_some_and(|allowed| allowed == "*" || allowed == origin)
}
