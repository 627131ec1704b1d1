//! 10,000 bad requests: no 5xx, no panic, always this dialect's own shape.

use dragoman_testkit::{
    Backend, TestServer,
    hostile::{Assault, Sent, assault},
    http::{RawAnswer, call},
};

#[test]
fn ten_thousand_bad_requests_get_the_dialect_s_own_shape() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    let token = "t".repeat(250);
    let account =
        format!(r#"{{"dialect":"medusa","accounts":[{{"username":"ann","password":"p","token":"{token}"}}]}}"#);
    assert_eq!(call(server.url(), "POST", "/_testing/reset", &[], &account).status, 204);
    let credentials = vec![("token", token)];
    assault(&server, &Assault { dialect: "medusa", requests: 10_000, seed: 3, credentials, is_own_shape });
}

/// Sections 1.1 to 1.3, 1.6 and 1.7: 200 but for unknown paths and pictures, and the envelope for all JSON.
fn is_own_shape(sent: &Sent, answer: &RawAnswer) -> Result<(), String> {
    if answer.header("vary") != Some("Origin") {
        return Err("no `Vary: Origin`".to_owned());
    }
    let text = answer.text();
    let has_no_body = sent.method == "HEAD";
    match (answer.status, answer.header("content-type")) {
        (200, Some("application/json")) if has_no_body => Ok(()),
        (200, Some("application/json")) => envelope(&text),
        (200, Some("text/html; charset=utf-8")) if sent.method == "OPTIONS" && text.is_empty() => Ok(()),
        (200, Some("text/html; charset=utf-8")) if answer.header("verificationcodekey").is_some() => Ok(()),
        (200, Some("image/jpeg" | "image/png")) => Ok(()),
        (404, Some("text/html")) if has_no_body || text.starts_with("<!DOCTYPE html>") => Ok(()),
        (304, None) if text.is_empty() => Ok(()),
        (status, kind) => Err(format!("status {status}, content type {kind:?}")),
    }
}

fn envelope(text: &str) -> Result<(), String> {
    let is_plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let code = text.strip_suffix('}').and_then(|text| text.rsplit_once(", \"code\": ")).map(|(_, code)| code);
    let has_code = code.is_some_and(|code| code.parse::<u16>().is_ok());
    if text.starts_with("{\"message\": ") && has_code && is_plain {
        Ok(())
    } else {
        Err("not the envelope of section 1.2".to_owned())
    }
}
