//! Medusa's page: axios 0.21, another origin, the token in the body, a header of its own for uploads (contract medusa,
//! section 4).

use dragoman_testkit::{TestServer, http::RawAnswer};
use serde_json::{Value, json};

use crate::{at, may_read, may_send, send, server, text};

const PAGE: &str = "http://medusa.example:8082";

fn post(server: &TestServer, path: &str, body: &Value) -> RawAnswer {
    let head = format!(
        "POST /medusa/api/{path}/ HTTP/1.1
         Host: {{host}}
         Connection: close
         Content-Length: {{length}}
         Accept: application/json, text/plain, */*
         Content-Type: application/json;charset=UTF-8
         Origin: {PAGE}
         Referer: {PAGE}/"
    );
    let answer = send(server, &head, body.to_string().as_bytes());
    assert!(answer.status == 200 && may_read(&answer, PAGE), "{path}");
    answer
}

#[test]
fn log_in_guard_and_upload() {
    let accounts = json!([{"id": 1, "username": "ayanami", "password": "p", "email": "a@nerv.example"}]);
    let server = server("medusa", json!({}), accounts);
    assert!(may_send(&server, PAGE, "/medusa/api/login/", "POST", "content-type"));
    assert!(may_send(&server, PAGE, "/medusa/api/upload_avatar/", "POST", "token"));
    let head = format!(
        "GET /medusa/api/get_verification_code/ HTTP/1.1\nHost: {{host}}\nAccept: application/json, text/plain, */*\nOrigin: {PAGE}"
    );
    let captcha = send(&server, &head, b"");
    assert_eq!(captcha.header("access-control-expose-headers"), Some("VerificationCodeKey"), "or the page sees no key");
    let login = json!({"username": "ayanami", "passwd": "p",
        "verification_code_key": captcha.header("verificationcodekey"),
        "verification_code": captcha.header("x-dragoman-captcha-answer")});
    let token = text(&post(&server, "login", &login), "/message");
    let own = || post(&server, "user_info", &json!({"token": token}));
    assert!(!text(&own(), "/message/key").is_empty(), "an empty key keeps the page shut");

    let picture = [b"\xff\xd8".as_slice(), &[7; 20_000], b"\xff\xd9"].concat();
    let boundary = "----WebKitFormBoundaryqO8mVn2nYVJxWb5C";
    let part = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
    );
    let body = [part.as_bytes(), &picture, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    let head = format!(
        "POST /medusa/api/upload_avatar/ HTTP/1.1
         Host: {{host}}
         Connection: close
         Content-Length: {{length}}
         Content-Type: multipart/form-data; boundary={boundary}
         token: {token}
         Origin: {PAGE}"
    );
    let stored = text(&send(&server, &head, &body), "/message");
    assert_eq!(text(&own(), "/message/avatar"), stored);
    let shown = send(&server, &format!("GET /medusa/s/{stored} HTTP/1.1\nHost: {{host}}\nReferer: {PAGE}/"), b"");
    assert_eq!((shown.status, shown.body), (200, picture));
}

#[test]
fn an_account_of_another_dialect_has_a_nickname() {
    let server = server("proxy", json!({}), json!([{"id": 1, "username": "ann", "password": "ann-pw"}]));
    let head = format!("GET /medusa/api/get_verification_code/ HTTP/1.1\nHost: {{host}}\nOrigin: {PAGE}");
    let captcha = send(&server, &head, b"");
    let login = json!({"username": "ann", "passwd": "ann-pw",
        "verification_code_key": captcha.header("verificationcodekey"),
        "verification_code": captcha.header("x-dragoman-captcha-answer")});
    let token = text(&post(&server, "login", &login), "/message");
    assert_eq!(at(&post(&server, "user_info", &json!({"token": token})), "/message/show_name"), json!("ann"));
}
