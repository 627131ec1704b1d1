//! 10,000 bad requests: no 5xx, no panic, always this dialect's own shape.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use dragoman_testkit::{
    Backend, TestServer,
    hostile::{Assault, Sent, assault},
    http::{RawAnswer, call},
};

#[test]
fn ten_thousand_bad_requests_get_the_dialect_s_own_shape() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    let account = r#"{"username":"ann","password":"p","password1":"p"}"#;
    assert_eq!(call(server.url(), "POST", "/proxy/regist", &[], account).status, 200);
    let login = call(server.url(), "POST", "/proxy/login", &[], account).text();
    let token = login.split('"').nth(3).expect("a token").to_owned();
    let credentials = vec![("Authorization", token)];
    assault(&server, &Assault { dialect: "proxy", requests: 10_000, seed: 2, credentials, is_own_shape });
}

/// Sections 1.4 and 1.6: JSON with CORS headers, one of the HTML pages without them, or the empty answer to OPTIONS.
fn is_own_shape(sent: &Sent, answer: &RawAnswer) -> Result<(), String> {
    if ![200, 400, 401, 403, 404, 405, 413].contains(&answer.status) {
        return Err(format!("status {} is not in use", answer.status));
    }
    let (kind, origin) = (answer.header("content-type"), answer.header("access-control-allow-origin"));
    let text = answer.text();
    match kind {
        Some("application/json") if sent.method == "HEAD" => Ok(()),
        Some("application/json") if !text.starts_with('{') || !text.ends_with("}\n") => {
            Err("no object and newline".to_owned())
        }
        Some("application/json") if origin.is_none() && text != "{\"message\":\"Hello\"}\n" => {
            Err("no CORS header".to_owned())
        }
        Some("application/json") => Ok(()),
        Some("text/html; charset=utf-8") if sent.method == "OPTIONS" && text.is_empty() => Ok(()),
        Some("text/html") if origin.is_some() => Err("a page with a CORS header".to_owned()),
        Some("text/html") if sent.method == "HEAD" || text.starts_with("<!DOCTYPE HTML PUBLIC") => Ok(()),
        other => Err(format!("content type {other:?}")),
    }
}
