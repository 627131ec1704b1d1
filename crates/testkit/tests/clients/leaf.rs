//! The three pages of leaf 1.0.0 and 1.1.0: axios, JSON, a bare token in `Authorization` (contract v1, section 5).

use std::thread;

use dragoman_testkit::{
    TestServer,
    http::{RawAnswer, call},
};
use serde_json::{Value, json};

use crate::{at, may_read, may_send, send, server, text};

const PAGE: &str = "http://leaf.example";

fn leaf(generation: &str, zone: &str) -> TestServer {
    let account = json!({"id": 1, "username": "amber", "email": "amber@leaf.test", "password": "amber-pass",
        "birthday": "1988-08-08", "created_at": null});
    server("v1", json!({"generation": generation, "time_zone": zone}), json!([account]))
}

/// A request of the shared axios layer.
fn axios(server: &TestServer, method: &str, path: &str, token: &str, body: &Value) -> RawAnswer {
    let (body, length) = match body {
        Value::Null => (String::new(), ""),
        body => (body.to_string(), "Content-Length: {length}\nContent-Type: application/json\n"),
    };
    let authorization = if token.is_empty() { String::new() } else { format!("Authorization: {token}\n") };
    let head = format!(
        "{method} /v1/api/v1{path} HTTP/1.1
         Host: {{host}}
         Connection: close
         {length}Accept: application/json, text/plain, */*
         {authorization}Origin: {PAGE}
         Referer: {PAGE}/
         Accept-Encoding: gzip, deflate"
    );
    let answer = send(server, &head, body.as_bytes());
    assert!(may_read(&answer, PAGE), "{path}");
    answer
}

fn log_in(server: &TestServer) -> RawAnswer {
    let form = json!({"email": "amber@leaf.test", "code": "", "password": "amber-pass"});
    axios(server, "POST", "/user/login", "", &form)
}

#[test]
fn the_page_of_1_0_refreshes_once_a_request_two_at_once() {
    let server = leaf("1.0", "Asia/Shanghai");
    assert!(may_send(&server, PAGE, "/v1/api/v1/user/login", "POST", "content-type"));
    assert!(may_send(&server, PAGE, "/v1/api/v1/user/info/modify", "POST", "authorization,content-type"));
    let entered = log_in(&server);
    let refresh_token = text(&entered, "/data/refresh_token");
    let advanced = call(server.url(), "POST", "/_testing/clock", &[], &json!({"advance": 301}).to_string());
    assert_eq!(advanced.status, 204);
    // Its cookie for the access token is over after 300 s: each click asks for a fresh one and then saves.
    let save = |sign: String| {
        let fresh = text(&axios(&server, "GET", "/user/token/refresh", &refresh_token, &Value::Null), "/data/token");
        let profile = json!({"avatar": "", "name": "amber", "sign": sign, "gender": 1, "birthday": "1988-08-08"});
        at(&axios(&server, "POST", "/user/info/modify", &fresh, &profile), "/code")
    };
    let codes: Vec<Value> = thread::scope(|scope| {
        let save = &save;
        let clicks: Vec<_> = (0..6).map(|click| scope.spawn(move || save(format!("click {click}")))).collect();
        clicks.into_iter().map(|click| click.join().unwrap()).collect()
    });
    assert_eq!(codes, vec![json!(200); 6], "no save is lost");
    // The request that was on its way when the client's own 300 s were over.
    let late = axios(&server, "GET", "/user/info/get", &text(&entered, "/data/access_token"), &Value::Null);
    assert_eq!(at(&late, "/code"), json!(200));
}

#[test]
fn the_page_of_1_0_repeats_a_request_after_3000() {
    let server = leaf("1.0", "Asia/Shanghai");
    let entered = log_in(&server);
    call(server.url(), "POST", "/_testing/expire", &[], &json!({"what": "access_tokens"}).to_string());
    let own = |token: &str| axios(&server, "GET", "/user/info/get", token, &Value::Null);
    assert_eq!(at(&own(&text(&entered, "/data/access_token")), "/code"), json!(3000));
    let refreshed = axios(&server, "GET", "/user/token/refresh", &text(&entered, "/data/refresh_token"), &Value::Null);
    assert_eq!(at(&own(&text(&refreshed, "/data/token")), "/data/user_info/name"), json!("amber"));
}

#[test]
fn an_untouched_save_of_the_1_1_page_keeps_the_birthday() {
    for zone in ["America/Los_Angeles", "Asia/Shanghai"] {
        let server = leaf("1.1", zone);
        let token = text(&log_in(&server), "/data/token");
        let shown = || axios(&server, "GET", "/user/info/get", &token, &Value::Null);
        let first = text(&shown(), "/data/user_info/birthday");
        for _ in 0..3 {
            let profile = json!({"avatar": "", "name": "amber", "sign": "", "gender": 0,
                "birthday": text(&shown(), "/data/user_info/birthday")});
            assert_eq!(at(&axios(&server, "POST", "/user/info/modify", &token, &profile), "/code"), json!(200));
        }
        assert_eq!(text(&shown(), "/data/user_info/birthday"), first, "{zone}");
        assert!(text(&shown(), "/data/user_info/created_at").starts_with(['1', '2']), "no year 1");
    }
}

#[test]
fn a_picture_is_uploaded_as_chromium_writes_it() {
    let server = leaf("1.1", "Asia/Shanghai");
    let token = text(&log_in(&server), "/data/token");
    let picture = [b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89".as_slice(), b"\x00\x00\x00\x0dIDATx\xdacd\xf8\xcfP\x0f\x00\x03\x86\x01\x80Z4}k\x00\x00\x00\x00IEND\xaeB`\x82"].concat();
    let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"image\"; filename=\"头像.png\"\r\nContent-Type: image/png\r\n\r\n"
    );
    let body = [head.as_bytes(), &picture, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    let head = format!(
        "POST /v1/api/v1/upload/image HTTP/1.1
         Host: {{host}}
         Connection: close
         Content-Length: {{length}}
         Authorization: {token}
         Content-Type: multipart/form-data; boundary={boundary}
         Origin: {PAGE}"
    );
    let url = text(&send(&server, &head, &body), "/data/url");
    let shown = call(server.url(), "GET", &format!("/v1{url}"), &[], "");
    assert_eq!((shown.status, shown.body), (200, picture.clone()));
    let head = call(server.url(), "HEAD", &format!("/v1{url}"), &[], "");
    assert_eq!((head.status, head.header("content-length")), (200, Some(picture.len().to_string().as_str())));
}
