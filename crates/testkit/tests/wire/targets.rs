//! Raw bytes in request targets: Internet Explorer, curl, Go, Delphi and C clients send them, the old servers took them.

use crate::client::{Client, ask, get, server};

#[test]
fn raw_bytes_reach_the_dialect_as_if_they_were_encoded() {
    let server = server(&[]);
    for (raw, encoded) in [
        ("/v1/api/v1/user/uid?name=张三", "/v1/api/v1/user/uid?name=%E5%BC%A0%E4%B8%89"),
        ("/v1/api/v1/user/uid?name=\"x\"", "/v1/api/v1/user/uid?name=%22x%22"),
        ("/v1/api/v1/user/uid?name=<b>`", "/v1/api/v1/user/uid?name=%3Cb%3E%60"),
        ("/frp/api/v2/check/token?token=é", "/frp/api/v2/check/token?token=%C3%A9"),
        ("/medusa/s/头像.jpg", "/medusa/s/%E5%A4%B4%E5%83%8F.jpg"),
        ("/proxy/用户", "/proxy/%E7%94%A8%E6%88%B7"),
        ("/api/v1/users/é.php", "/api/v1/users/%C3%A9.php"),
        ("http://old.example/frp/api/v2/é", "/frp/api/v2/%C3%A9"),
    ] {
        let (seen, expected) = (ask(&server, get(raw)), ask(&server, get(encoded)));
        assert_eq!((seen.status(), &seen.body), (expected.status(), &expected.body), "{raw}");
        assert_eq!(seen.names(), expected.names(), "{raw}");
        assert_ne!(seen.status(), 400, "{raw}");
    }
}

#[test]
fn bytes_that_are_no_utf8_do_too() {
    let server = server(&[]);
    let gbk = b"GET /v1/api/v1/user/uid?name=\xd5\xc5\xc8\xfd HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_eq!(ask(&server, gbk).body, ask(&server, get("/v1/api/v1/user/uid?name=%D5%C5%C8%FD")).body);
}

#[test]
fn the_connection_goes_on() {
    let server = server(&[]);
    let mut client = Client::of(&server);
    for _ in 0..3 {
        assert_eq!(client.send(get("/proxy/é")).answer(false).unwrap().status(), 404);
        assert_eq!(client.send(get("/healthz")).answer(false).unwrap().body, "alive\n");
    }
}

#[test]
fn a_line_in_pieces_is_the_same_line() {
    let server = server(&[]);
    let mut client = Client::of(&server);
    for byte in get("/frp/api/v2/check/token?token=é") {
        client.send([byte]);
    }
    assert_eq!(client.answer(false).unwrap().status(), 401);
}
