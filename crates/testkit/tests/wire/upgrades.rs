//! Upgrades that nobody here can do: Java's client and curl offer HTTP/2 on every first request.

use crate::client::{Client, get, server};

#[test]
fn an_offer_is_ignored_and_the_connection_goes_on() {
    let server = server(&[]);
    for offer in [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
        "Connection: upgrade\r\nUpgrade: h2c\r\n",
        "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        "Upgrade: websocket\r\n",
        "Connection: Upgrade\r\n",
        "UPGRADE: TLS/1.0, HTTP/2.0\r\n",
    ] {
        let mut client = Client::of(&server);
        client.send(format!("GET /proxy/about HTTP/1.1\r\nHost: x\r\n{offer}\r\n"));
        let answer = client.answer(false).unwrap();
        assert_eq!(
            (answer.status(), answer.header("Connection"), answer.header("Upgrade")),
            (401, None, None),
            "{offer}"
        );
        assert_eq!(client.send(get("/healthz")).answer(false).unwrap().body, "alive\n", "{offer}");
    }
}

/// The library would read on to the end of the connection where a socket of the web is offered.
#[test]
fn a_body_still_ends_where_its_length_says() {
    let server = server(&[]);
    let login = "{\"username\":\"a\",\"password\":\"b\"}";
    let head = "POST /proxy/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: Upgrade\r\nUpgrade: websocket";
    let mut client = Client::of(&server);
    client.send(format!("{head}\r\nContent-Length: {}\r\n\r\n{login}", login.len()));
    assert_eq!(client.answer(false).unwrap().status(), 401);
    assert_eq!(client.send(get("/healthz")).answer(false).unwrap().body, "alive\n");
}

#[test]
fn a_tunnel_is_refused_and_is_the_end() {
    let server = server(&[]);
    let mut client = Client::of(&server);
    client.send("CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    let answer = client.answer(false).unwrap();
    assert!((400..500).contains(&answer.status()), "{answer:?}");
    assert_eq!(client.rest(), "");
}
