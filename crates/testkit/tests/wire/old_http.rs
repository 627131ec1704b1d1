//! HTTP/1.0, as Pike, SWI-Prolog and PHP's curl in its 1.0 mode speak it.

use crate::client::{Client, ask, server};

#[test]
fn a_post_without_a_length_has_no_body() {
    let server = server(&[]);
    for (path, expected) in [
        ("/frp/api/v2/users/login", 400),
        ("/medusa/api/login/", 200),
        ("/php/api/v1/users/login.php", 200),
        ("/proxy/login", 400),
        ("/v1/api/v1/user/login", 200),
    ] {
        let sent = |length| ask(&server, format!("POST {path} HTTP/1.0\r\nHost: x\r\n{length}\r\n"));
        let (without, with) = (sent(""), sent("Content-Length: 0\r\n"));
        assert_eq!(without.body, with.body, "{path}");
        assert_eq!((without.status(), with.status()), (expected, expected), "{path}: {without:?}");
        assert_ne!(without.body, "", "{path}");
    }
}

#[test]
fn answers_say_the_version_of_their_request() {
    let server = server(&[]);
    for path in ["/healthz", "/frp/x", "/medusa/x", "/php/x", "/proxy/x", "/v1/x"] {
        // The oldest clients name no host.
        let old = ask(&server, format!("GET {path} HTTP/1.0\r\n\r\n"));
        assert!(old.status_line.starts_with("HTTP/1.0 "), "{old:?}");
        let new = ask(&server, format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert!(new.status_line.starts_with("HTTP/1.1 "), "{new:?}");
        assert_eq!((old.status(), old.body), (new.status(), new.body));
    }
    let refused = ask(&server, "GET /v1/x HTTP/1.0\r\nContent-Length: x\r\n\r\n");
    assert!(refused.status_line.starts_with("HTTP/1.0 400"), "{refused:?}");
}

#[test]
fn the_connection_ends_unless_it_is_to_be_kept() {
    let server = server(&[]);
    let mut client = Client::of(&server);
    client.send("GET /healthz HTTP/1.0\r\n\r\n");
    assert_eq!(client.answer(false).unwrap().body, "alive\n");
    assert_eq!(client.rest(), "");
    let mut client = Client::of(&server);
    for _ in 0..2 {
        client.send("POST /proxy/login HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assert_eq!(client.answer(false).unwrap().header("Connection"), Some("keep-alive"));
    }
}
