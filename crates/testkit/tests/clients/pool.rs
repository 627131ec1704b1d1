//! The page of easyproxypool: axios 0.19, always another origin, every POST preflighted (contract proxy, section 6).

use dragoman_testkit::{TestServer, http::RawAnswer};
use serde_json::{Value, json};

use crate::{at, may_read, may_send, send, server, text};

const PAGE: &str = "http://localhost:8080";

fn axios(server: &TestServer, method: &str, path: &str, token: &str, body: &Value) -> RawAnswer {
    let (body, kind) = match body {
        Value::Null => (String::new(), ""),
        body => (body.to_string(), "Content-Length: {length}\nContent-Type: application/json;charset=UTF-8\n"),
    };
    let authorization = if token.is_empty() { String::new() } else { format!("Authorization: {token}\n") };
    let head = format!(
        "{method} /proxy{path} HTTP/1.1
         Host: {{host}}
         Connection: close
         {kind}Accept: application/json, text/plain, */*
         {authorization}Origin: {PAGE}
         Referer: {PAGE}/"
    );
    send(server, &head, body.as_bytes())
}

#[test]
fn log_in_look_round_and_be_refused() {
    let accounts = json!([
        {"id": 1, "username": "admin", "password": "admin", "role": "super_admin"},
        {"id": 2, "username": "ann", "password": "ann-pw", "role": "user"},
    ]);
    let server = server("proxy", json!({}), accounts);
    assert!(may_send(&server, PAGE, "/proxy/login", "POST", "content-type"));
    assert!(may_send(&server, PAGE, "/proxy/lock", "POST", "authorization,content-type"));
    // A login without the key in its answer would be kept as the text `undefined`.
    let entered = axios(&server, "POST", "/login", "undefined", &json!({"username": "admin", "password": "admin"}));
    let token = text(&entered, "/Authorization");
    let rows = axios(&server, "GET", "/userlist", &token, &Value::Null);
    assert_eq!(at(&rows, "/data/0/status"), json!(false), "the switch is bound to it");
    let lock = json!({"username": "ann", "userlock": true});
    assert_eq!(axios(&server, "POST", "/lock", &token, &lock).status, 200);
    let locked = axios(&server, "POST", "/login", "", &json!({"username": "ann", "password": "ann-pw"}));
    assert_eq!((locked.status, text(&locked, "/message")), (401, "账号已锁定".to_owned()));
    assert!(may_read(&locked, PAGE), "the page shows it");
    let nobody = axios(&server, "POST", "/login", "", &json!({"username": "nobody", "password": "x"}));
    assert!(nobody.status == 401 && !may_read(&nobody, PAGE), "hidden, so that it does not sign out");
    // The name field makes a number of what looks like one.
    let number = json!({"username": 1.5, "password": "secret", "password1": "secret"});
    assert_eq!(axios(&server, "POST", "/regist", "", &number).status, 200);
    let entered = axios(&server, "POST", "/login", "", &json!({"username": "1.5", "password": "secret"}));
    assert_eq!(entered.status, 200);
}
