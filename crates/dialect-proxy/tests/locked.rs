//! A locked administrator's token goes on (1.3), but acts on nobody else (one-domain.md R12).

use dragoman_testkit::{TestServer, backends, http::call};

const ACCOUNTS: &str = r#"{"dialect": "proxy", "accounts": [
    {"id": 1, "username": "root", "password": "root-pass", "role": "super_admin"},
    {"id": 2, "username": "boss", "password": "boss-pass", "role": "admin"},
    {"id": 3, "username": "ann", "password": "ann-pass"}]}"#;

fn post(server: &TestServer, path: &str, token: &str, body: &str) -> (u16, String) {
    let answer = call(server.url(), "POST", &format!("/proxy{path}"), &[("Authorization", token)], body);
    (answer.status, answer.text())
}

fn token(server: &TestServer, name: &str) -> String {
    let body = format!(r#"{{"username": "{name}", "password": "{name}-pass"}}"#);
    let (status, text) = post(server, "/login", "", &body);
    assert_eq!(status, 200, "{text}");
    text.split('"').nth(3).unwrap_or_default().to_owned()
}

#[test]
fn a_locked_administrator_acts_on_nobody() {
    for backend in backends() {
        let server = TestServer::start(&backend, &[]);
        assert_eq!(call(server.url(), "POST", "/_testing/reset", &[], ACCOUNTS).status, 204);
        let (root, boss) = (token(&server, "root"), token(&server, "boss"));
        let lock = |on| post(&server, "/lock", &root, &format!(r#"{{"username": "boss", "userlock": {on}}}"#)).0;
        assert_eq!(lock(true), 200);
        for (path, body, refusal) in [
            ("/lock", r#"{"username": "ann", "userlock": true}"#, 404),
            ("/delete", r#"{"username": "ann"}"#, 403),
            ("/admin/upwd", r#"{"username": "ann", "newpwd": "taken"}"#, 403),
            ("/upwd", r#"{"username": "ann", "oldpwd": "ann-pass", "newpwd": "taken"}"#, 403),
            ("/adduser", r#"{"username": "eve", "password": "eve-pass", "usertype": 3}"#, 403),
        ] {
            let (status, text) = post(&server, path, &boss, body);
            assert_eq!(status, refusal, "{path} on {}: {text}", backend.name());
        }
        token(&server, "ann");
        let about = call(server.url(), "GET", "/proxy/about", &[("Authorization", &boss)], "");
        assert_eq!(about.status, 200, "what it may read of itself stays");
        assert_eq!(lock(false), 200);
        assert_eq!(post(&server, "/lock", &boss, r#"{"username": "ann", "userlock": true}"#).0, 200);
    }
}
