//! 10,000 bad requests: no 5xx, no panic, always this dialect's own shape.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use dragoman_testkit::{
    Backend, TestServer,
    hostile::{Assault, Sent, assault},
    http::{RawAnswer, call},
};

#[test]
fn ten_thousand_bad_requests_get_the_dialect_s_own_shape() {
    // Guesses by the thousand from one address would see little but 429.
    let server = TestServer::start(&Backend::Sqlite, &[("frp.login_throttle", "off"), ("frp.mails_per_minute", "0")]);
    let account = r#"{"dialect":"frp","settings":{"login_throttle":"off","mails_per_minute":0},"accounts":[{"id":1,"username":"testuser","password":"Frp-test-0001","email":"example@example.com","token":"live"}]}"#;
    assert_eq!(call(server.url(), "POST", "/_testing/reset", &[], account).status, 204);
    let credentials = vec![("Authorization", "Bearer live".to_owned())];
    assault(&server, &Assault { dialect: "frp", requests: 10_000, seed: 4, credentials, is_own_shape });
}

/// Section 3: the envelope, compact, with equal statuses and the text in both places; an empty 204 for preflights.
fn is_own_shape(sent: &Sent, answer: &RawAnswer) -> Result<(), String> {
    if answer.header("access-control-allow-origin") != Some("*") {
        return Err("no CORS header".to_owned());
    }
    let text = answer.text();
    if answer.status == 204 {
        return if sent.method == "OPTIONS" && text.is_empty() { Ok(()) } else { Err("a 204".to_owned()) };
    }
    if ![200, 400, 401, 403, 404, 405, 409, 413, 429].contains(&answer.status) {
        return Err(format!("status {} is not in use", answer.status));
    }
    if answer.header("content-type") != Some("application/json") {
        return Err("no JSON".to_owned());
    }
    if sent.method == "HEAD" {
        return if text.is_empty() { Ok(()) } else { Err("a HEAD with a body".to_owned()) };
    }
    let tail = format!(",\"status\":{}}}", answer.status);
    let Some(rest) = text.strip_suffix(&tail) else { return Err("status and body differ".to_owned()) };
    let own = match rest.split_once(",\"data\":") {
        Some(("{\"msg\":\"success\"", data)) => answer.status == 200 && data.starts_with("{\"msg\":"),
        Some((message, data)) => answer.status >= 400 && data == format!("{message}}}"),
        None => false,
    };
    if own { Ok(()) } else { Err("not the envelope".to_owned()) }
}
