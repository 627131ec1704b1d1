//! 10,000 bad requests: no 5xx, no panic, always this dialect's own shape.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod browser;

use browser::{Browser, flag};
use dragoman_testkit::{
    Backend, TestServer,
    hostile::{Assault, Sent, assault},
    http::RawAnswer,
};
use serde_json::Value;

/// `Secret-1`
const OBFUSCATED: &str = "PU1WWmpKWFowMVNN";

#[test]
fn ten_thousand_bad_requests_get_the_dialect_s_own_shape() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    let mut browser = Browser::new(&server);
    assert_eq!(flag(&browser.submit("register.php", "guyu", OBFUSCATED)), "0");
    assert_eq!(flag(&browser.submit("login.php", "guyu", OBFUSCATED)), "0");
    let credentials = vec![("Cookie", format!("PHPSESSID={}", browser.cookie.expect("a session")))];
    assault(&server, &Assault { dialect: "php", requests: 10_000, seed: 3, credentials, is_own_shape });
}

/// 2.4 to 2.6: always 200 but for 404, 413 and too many visits; the headers; one of the bodies.
fn is_own_shape(sent: &Sent, answer: &RawAnswer) -> Result<(), String> {
    for name in ["expires", "cache-control", "pragma", "x-content-type-options"] {
        answer.header(name).ok_or_else(|| format!("no {name}"))?;
    }
    if answer.headers.iter().any(|(name, _)| name.starts_with("access-control-")) {
        return Err("CORS".to_owned());
    }
    let text = answer.text();
    match (answer.status, answer.header("content-type")) {
        (404, Some("text/html; charset=UTF-8")) => Ok(()),
        (200, Some("image/png")) => Ok(()),
        (200 | 413, Some("application/json; charset=UTF-8")) if sent.method == "HEAD" && text.is_empty() => Ok(()),
        (429, Some("application/json; charset=UTF-8")) if text.is_empty() || text == "{\"flag\":false}" => Ok(()),
        (200 | 413, Some("application/json; charset=UTF-8")) => {
            let body: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            let members: Vec<&str> = body.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            let is_known = match members.as_slice() {
                [] => body == Value::Bool(true),
                ["flag"] => body["flag"] == Value::Bool(false),
                ["login_token"] | ["username", "nickname", "flag"] | ["uuid", "username", "nickname", "flag"] => true,
                ["flag", "message", "success", "action"] => body["flag"].is_string() && body["action"].is_array(),
                ["msg", "success"] => body["success"].is_boolean(),
                _ => false,
            };
            if is_known { Ok(()) } else { Err("an unknown shape".to_owned()) }
        }
        (status, kind) => Err(format!("status {status} with {kind:?}")),
    }
}
