//! What no route can read is refused in the shape of the dialect whose path it is, for the page that asked.

use std::time::Instant;

use crate::client::{Answer, Client, DIALECTS, ask, server};

/// A refusal as the dialect writes it, with the headers that all its answers have.
fn is_own_shape(dialect: &str, answer: &Answer) -> bool {
    let (body, status) = (answer.body.as_str(), answer.status());
    let (kind, allowed) = (answer.header("Content-Type"), answer.header("Access-Control-Allow-Origin"));
    match dialect {
        "frp" => body.ends_with(&format!("\"status\":{status}}}")) && allowed == Some("*"),
        "medusa" => {
            body.starts_with("{\"message\": \"\\u81ea\\u5df1\\u53bb")
                && body.ends_with("\", \"code\": 169}")
                && allowed == Some("http://page.example")
                && answer.header("X-Frame-Options") == Some("DENY")
        }
        "php" => body == "{\"flag\":false}" && answer.header("Pragma") == Some("no-cache"),
        "proxy" => body.contains(&format!("<title>{status} ")) && kind == Some("text/html") && allowed.is_none(),
        "v1" => body == "{\"code\":4010,\"data\":null,\"msg\":\"请求参数有误\"}" && allowed == Some("*"),
        other => panic!("{other}?"),
    }
}

const ORIGIN: &str = "Host: x\r\nOrigin: http://page.example\r\n";

#[test]
fn every_dialect_refuses_in_its_own_shape() {
    let server = server(&[]);
    for dialect in DIALECTS {
        let malformed = format!("POST /{dialect}/api/x?y HTTP/1.1\r\n{ORIGIN}Content-Length: x\r\n\r\n");
        let endless = format!("GET /{dialect}/x HTTP/1.1\r\n{ORIGIN}X: {}\r\n\r\n", "y".repeat(140_000));
        let many = format!("GET /{dialect}/x HTTP/1.1\r\n{ORIGIN}{}\r\n", "X: y\r\n".repeat(100));
        for (request, status) in [(malformed, 400), (endless, 431), (many, 431)] {
            let answer = ask(&server, request);
            assert_eq!(answer.status(), status, "{dialect}: {answer:?}");
            assert!(is_own_shape(dialect, &answer), "{dialect}: {answer:?}");
            assert_eq!(answer.header("Connection"), Some("close"));
            assert!(answer.names().iter().all(|name| name.starts_with(char::is_uppercase)), "{answer:?}");
        }
    }
}

#[test]
fn the_longest_readable_path_decides() {
    let server = server(&[]);
    for (target, dialect) in [
        ("/api/v2/users\x01", "frp"),
        ("/api/login/\x7f", "medusa"),
        ("/api/v1/users/login.php\0", "php"),
        ("/api/v1/user/login x", "v1"),
        ("/api/v\x01", "medusa"),
        ("/login x", "proxy"),
        ("http://x/v1/é\x01", "v1"),
        ("\x01", "proxy"),
    ] {
        let answer = ask(&server, format!("GET {target} HTTP/1.1\r\n{ORIGIN}\r\n"));
        assert_eq!(answer.status(), 400, "{target:?}");
        assert!(is_own_shape(dialect, &answer), "{target:?}: {answer:?}");
    }
    // What is no HTTP at all is answered by whoever owns `/`.
    assert!(is_own_shape("proxy", &ask(&server, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")));
}

#[test]
fn a_slow_head_is_told_so_in_time() {
    let server = server(&[("server.request_head_seconds", "1")]);
    for dialect in DIALECTS {
        let mut client = Client::of(&server);
        let begun = Instant::now();
        client.send(format!("GET /{dialect}/x HTTP/1.1\r\n{ORIGIN}"));
        let answer = client.answer(false).unwrap();
        assert_eq!(answer.status(), 408, "{answer:?}");
        assert!(is_own_shape(dialect, &answer), "{dialect}: {answer:?}");
        assert!((900..4000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
        assert_eq!(client.rest(), "");
    }
}

/// Also behind an answer, where the HTTP library has no limit of its own.
#[test]
fn a_slow_second_head_too_and_an_idle_connection_just_ends() {
    let server = server(&[("server.request_head_seconds", "1"), ("server.keep_alive_seconds", "2")]);
    let mut client = Client::of(&server);
    assert_eq!(client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer(false).unwrap().status(), 200);
    assert_eq!(client.send("GET /v1/x").answer(false).unwrap().status(), 408);
    let mut client = Client::of(&server);
    assert_eq!(client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer(false).unwrap().status(), 200);
    let begun = Instant::now();
    assert_eq!(client.rest(), "");
    assert!((1500..6000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
}

/// A refused client that goes on sending must still be able to read why.
#[test]
fn the_refusal_arrives_although_more_is_sent() {
    let server = server(&[]);
    let mut client = Client::of(&server);
    client.send(format!("POST /v1/x HTTP/1.1\r\n{ORIGIN}Content-Length: x\r\n\r\n{}", "y".repeat(300_000)));
    assert!(is_own_shape("v1", &client.answer(false).unwrap()));
}
