//! The two generations of the tunnel panel, the desktop app, the command-line client and the sign-in scripts of frp
//! (contract frp, section 11).

use dragoman_testkit::{TestServer, http::RawAnswer};
use serde_json::json;

use crate::{at, may_read, may_send, send, server, text};

const PAGE: &str = "https://dashboard.locyanfrp.example";

fn panel(settings: serde_json::Value) -> TestServer {
    let account = json!({"id": 7, "username": "testuser", "email": "test@example.com", "password": "Frp-test-0001",
        "created_at": "2022-08-20T12:53:20Z", "frp_token": "b1f4d1af508e978d5c29ff234421aa06"});
    server("frp", settings, json!([account]))
}

fn browser(server: &TestServer, method: &str, path: &str, token: &str, form: &str) -> RawAnswer {
    let kind = match form {
        "" => "",
        _ => "Content-Length: {length}\nContent-Type: application/x-www-form-urlencoded;charset=UTF-8\n",
    };
    let authorization = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\n") };
    let head = format!(
        "{method} /frp/api/v2/{path} HTTP/1.1
         Host: {{host}}
         Connection: close
         {kind}Accept: application/json, text/plain, */*
         {authorization}Origin: {PAGE}
         Referer: {PAGE}/"
    );
    let answer = send(server, &head, form.as_bytes());
    assert!(may_read(&answer, PAGE), "{path}");
    answer
}

/// As both panels write it: the first two fields are a slip that every copy repeats.
const LOGIN: &str = "0%5Busername%5D=&0%5Bpassword%5D=&username=testuser&password=Frp-test-0001";

#[test]
fn the_panel_of_2023() {
    let server = panel(json!({"login_proxies_num": true}));
    assert!(may_send(&server, PAGE, "/frp/api/v2/users/reset/password", "POST", "authorization"));
    assert!(may_send(&server, PAGE, "/frp/api/v2/users/reset/token/all", "DELETE", "authorization"));
    // An expired token stays in its store and goes along.
    let entered = browser(&server, "POST", "users/login", "ffffffffffffffffffffffffffffffff", LOGIN);
    assert_eq!((entered.status, at(&entered, "/status")), (200, json!(200)));
    assert_eq!(at(&entered, "/data/proxies_num"), json!(0));
    assert!(entered.text().ends_with(r#","proxies_num":0},"status":200}"#));
    let token = text(&entered, "/data/token");
    let key = browser(&server, "GET", "users/reset/frp_token?username=testuser", &token, "");
    assert_eq!(at(&key, "/data/token"), at(&key, "/data/frp_token"));
    let ended = browser(&server, "DELETE", "users/reset/token/all?username=testuser", &token, "");
    assert_eq!(at(&ended, "/msg"), json!("success"));
    let refused = browser(&server, "GET", "users/reset/frp_token?username=testuser", &token, "");
    assert_eq!((refused.status, text(&refused, "/data/msg")), (401, "登录token校验失败！".to_owned()));
}

#[test]
fn the_panel_of_2024() {
    let server = panel(json!({}));
    let entered = browser(&server, "POST", "users/login", "", LOGIN);
    assert_eq!(at(&entered, "/data/proxies_num"), json!(null), "the document's answer has none");
    let token = text(&entered, "/data/token");
    let info = || browser(&server, "GET", "users/info?username=testuser", &token, "");
    assert_eq!(at(&info(), "/data/traffic"), json!("4096"));
    // The dialog of the tunnels: its path is the old server's, and the panel closes it when it may read the refusal.
    assert!(may_send(&server, PAGE, "/frp/api/v2/proxies/list", "GET", "authorization"));
    let unserved = browser(&server, "GET", "proxies/list?username=testuser", &token, "");
    assert_eq!((unserved.status, text(&unserved, "/msg")), (404, "请求的资源不存在".to_owned()));
    assert!(may_send(&server, PAGE, "/frp/api/v2/users/reset/traffic", "GET", "authorization"));
    assert_eq!(browser(&server, "GET", "users/reset/traffic?username=testuser", &token, "").status, 200);
    assert_eq!(at(&info(), "/data/traffic"), json!("10240"));
}

/// Boundaries of Dart's two libraries: `http` draws from a set with `+`, `_`, `-` and `.`; `dio` begins with dashes.
#[test]
fn the_flutter_app_sends_multipart_as_dart_writes_it() {
    let server = panel(json!({}));
    for boundary in ["dart-http-boundary-8nJ.+_-Lq3ZrV7c0xKpT2aWdYfGhBsEuMoNi1jX9", "--dio-boundary-3214567890"] {
        let part = |name: &str, value: &str| {
            format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = part("username", "testuser") + &part("password", "Frp-test-0001") + &format!("--{boundary}--\r\n");
        let head = format!(
            "POST /frp/api/v2/users/login HTTP/1.1
             user-agent: Dart/3.3 (dart:io)
             content-type: multipart/form-data; boundary={boundary}
             accept-encoding: gzip
             content-length: {{length}}
             host: {{host}}"
        );
        let entered = send(&server, &head, body.as_bytes());
        assert_eq!((entered.status, at(&entered, "/status")), (200, json!(200)), "{boundary}");
        assert!(at(&entered, "/data/inbound").is_i64() && at(&entered, "/data/traffic").is_string());
        let head = format!(
            "GET /frp/api/v2/check/token?token={} HTTP/1.1
             user-agent: Dart/3.3 (dart:io)
             content-type: application/x-www-form-urlencoded
             host: {{host}}",
            text(&entered, "/data/token")
        );
        assert_eq!(send(&server, &head, b"").status, 200);
    }
}

#[test]
fn the_command_line_client_looks_for_bytes() {
    let server = panel(json!({}));
    let head = "GET /frp/api/v2/users/send?email=new@example.com HTTP/1.1\nHost: {host}\nAccept: */*";
    let sent = send(&server, head, b"");
    assert!(sent.text().contains("\"status\":200"));
}

#[test]
fn the_sign_in_script_takes_the_token_and_then_looks_at_msg() {
    let server = panel(json!({}));
    let head = "POST /frp/api/v2/users/login HTTP/1.1
        Host: {host}
        User-Agent: python-requests/2.31.0
        Accept-Encoding: gzip, deflate
        Accept: */*
        Connection: keep-alive
        Content-Length: {length}
        Content-Type: application/x-www-form-urlencoded";
    let entered = send(&server, head, LOGIN.as_bytes());
    assert_eq!((text(&entered, "/data/token").len(), text(&entered, "/msg")), (32, "success".to_owned()));
}
