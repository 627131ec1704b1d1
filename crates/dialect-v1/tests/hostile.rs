//! 10,000 bad requests: no 5xx, no panic, always this dialect's own shape.

mod leaf;

use dragoman_testkit::{
    Backend, TestServer,
    hostile::{Assault, Sent, assault},
    http::RawAnswer,
};

#[test]
fn ten_thousand_bad_requests_get_the_dialect_s_own_shape() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    let root = r#"[{"id": 1, "username": "root1", "email": "root1@leaf.test", "password": "root1-pass", "role": 3, "token": "root-token-000000"}]"#;
    leaf::reset(&server, root);
    let credentials = vec![("Authorization", "root-token-000000".to_owned())];
    assault(&server, &Assault { dialect: "v1", requests: 10_000, seed: 5, credentials, is_own_shape });
}

/// Section 2: the envelope, the 404 page or a picture's answer, all with CORS headers; OPTIONS is empty.
fn is_own_shape(sent: &Sent, answer: &RawAnswer) -> Result<(), String> {
    if sent.target.starts_with("{{") {
        // A captured URL that nothing was put in for: such a path is outside the prefix.
        return Ok(());
    }
    for (name, value) in [("origin", "*"), ("credentials", "true"), ("methods", "GET,POST,OPTIONS")] {
        if answer.header(&format!("access-control-allow-{name}")) != Some(value) {
            return Err(format!("CORS {name}"));
        }
    }
    let text = answer.text();
    match (answer.status, answer.header("content-type")) {
        (200, None) if sent.method == "OPTIONS" && text.is_empty() => Ok(()),
        (404, Some("text/plain")) if sent.method == "HEAD" && text.is_empty() => Ok(()),
        (404, Some("text/plain")) if text == "404 page not found" => Ok(()),
        (400, Some("text/plain; charset=utf-8")) if text == r#"{"code":4010,"data":null,"msg":"请求参数有误"}"# => {
            Ok(())
        }
        (200, Some("application/json; charset=utf-8"))
            if text.starts_with(r#"{"code":"#) && text.contains(r#","data":"#) && text.ends_with(r#""}"#) =>
        {
            Ok(())
        }
        (status, kind) => Err(format!("status {status}, content type {kind:?}")),
    }
}
