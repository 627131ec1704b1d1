//! What the tests of this dialect have in common: a client of its own forms.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::expect_used, clippy::panic, reason = "clippy exempts tests, but not what they share")]

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use dragoman_testkit::{
    TestServer,
    http::{RawAnswer, call},
};

/// An empty store with these accounts (fixtures.md section 2).
pub fn reset(server: &TestServer, accounts: &str) {
    let given = format!(r#"{{"dialect": "v1", "accounts": {accounts}}}"#);
    let answer = call(server.url(), "POST", "/_testing/reset", &[], &given);
    assert_eq!(answer.status, 204, "{}", answer.text());
}

/// POST of JSON to a path below `/api/v1`.
pub fn post(server: &TestServer, path: &str, token: &str, body: &str) -> RawAnswer {
    call(server.url(), "POST", &format!("/v1/api/v1{path}"), &[("Authorization", token)], body)
}

/// GET of a path below `/api/v1`.
pub fn get(server: &TestServer, path: &str, token: &str) -> RawAnswer {
    call(server.url(), "GET", &format!("/v1/api/v1{path}"), &[("Authorization", token)], "")
}

/// A form with the boundary `b` around a picture.
pub fn form(file: &[u8]) -> Vec<u8> {
    let head = b"--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n";
    [head, file, b"\r\n--b--\r\n"].concat()
}

/// POST of a picture as a form, its length told or not; the status and body of the answer.
pub fn upload(server: &TestServer, token: &str, file: &[u8], length_told: bool) -> (u16, String) {
    let form = form(file);
    let mut request = format!(
        "POST /v1/api/v1/upload/image HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAuthorization: {token}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\n"
    )
    .into_bytes();
    if length_told {
        request.extend(format!("Content-Length: {}\r\n\r\n", form.len()).bytes());
        request.extend(form);
    } else {
        request.extend(format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", form.len()).bytes());
        request.extend(form);
        request.extend(b"\r\n0\r\n\r\n");
    }
    unhurried(server, &request)
}

/// As `exchange`, but the sending side stays open: a client that has left is not waited for while a large body is read.
fn unhurried(server: &TestServer, request: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://")).expect("a connection");
    stream.write_all(request).expect("the request is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the answer is text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}

/// The `code` of an envelope.
pub fn code(answer: &RawAnswer) -> i64 {
    code_in(&answer.text())
}

/// The `code` in an envelope's text.
pub fn code_in(text: &str) -> i64 {
    let after = text.strip_prefix(r#"{"code":"#).unwrap_or_else(|| panic!("no envelope: {text}"));
    after.split(',').next().and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no code: {text}"))
}

/// The text member of that name.
pub fn member(answer: &RawAnswer, name: &str) -> String {
    let text = answer.text();
    let (_, after) = text.split_once(&format!("\"{name}\":\"")).unwrap_or_else(|| panic!("no {name}: {text}"));
    after.split('"').next().unwrap_or_default().to_owned()
}

/// The answer of the slider pending for an address, from the testing API.
pub fn pending_slider(server: &TestServer, address: &str) -> i64 {
    let answer = call(server.url(), "GET", &format!("/_testing/challenge?for={address}"), &[], "");
    let text = answer.text();
    let (_, after) = text.split_once("\"x\":").unwrap_or_else(|| panic!("no slider: {text}"));
    after.trim_end_matches('}').parse().expect("a number")
}
