//! Requests that two readers could take for different ones: what smuggling is made of. Each is followed by a second request
//! that must never be answered.

use crate::client::{Client, server};

/// What a smuggler wants answered.
const SMUGGLED: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

/// Heads that are refused whatever follows.
const REFUSED: &[(&str, &str)] = &[
    (
        "both lengths",
        "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    (
        "both, the other way",
        "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    ),
    ("two lengths", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 0\r\n\r\n"),
    ("the same length twice", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"),
    ("a list of lengths", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 0\r\n\r\n"),
    ("a signed length", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na"),
    ("a negative length", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
    ("a hexadecimal length", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\na"),
    ("a length of words", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: zero\r\n\r\n"),
    ("an empty length", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n"),
    ("a length beyond all", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551616\r\n\r\n"),
    (
        "two codings",
        "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    ("a list of codings", "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("chunked twice", "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    (
        "chunked, then something",
        "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    ),
    ("identity", "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n"),
    ("identity alone", "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n"),
    ("an unknown coding", "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("a quoted coding", "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
    (
        "a coding with a vertical tab",
        "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    ),
    ("an empty coding", "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\nContent-Length: 0\r\n\r\n"),
    ("a coding in HTTP/1.0", "POST /login HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("a blank before the colon", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length : 1\r\n\r\na"),
    ("a tab before the colon", "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"),
    ("a blank before the name", "POST /login HTTP/1.1\r\nHost: x\r\n Content-Length: 1\r\n\r\na"),
    ("a folded line", "POST /login HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
    ("a folded coding", "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
    ("a first line that is folded", "GET /login HTTP/1.1\r\n Host: x\r\n\r\n"),
    ("a bare CR in a value", "POST /login HTTP/1.1\r\nHost: x\r\nX: a\rContent-Length: 1\r\n\r\na"),
    ("a bare CR at a line's end", "GET /login HTTP/1.1\r\nHost: x\r\rX: y\r\n\r\n"),
    ("a bare CR before the request", "\rGET /login HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("NUL in a value", "GET /login HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"),
    ("NUL in a name", "GET /login HTTP/1.1\r\nHost: x\r\nX\0: a\r\n\r\n"),
    ("a control character in a value", "GET /login HTTP/1.1\r\nHost: x\r\nX: a\x01b\r\n\r\n"),
    ("DEL in a value", "GET /login HTTP/1.1\r\nHost: x\r\nX: a\x7fb\r\n\r\n"),
    ("an empty name", "GET /login HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n"),
    ("a name of two words", "GET /login HTTP/1.1\r\nHost: x\r\nX Y: a\r\n\r\n"),
    ("a name in brackets", "GET /login HTTP/1.1\r\nHost: x\r\n[X]: a\r\n\r\n"),
    ("a raw byte in a name", "GET /login HTTP/1.1\r\nHost: x\r\nTransfer-Éncoding: chunked\r\n\r\n"),
    ("a line without a colon", "GET /login HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"),
    ("two hosts", "GET /login HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
    ("no host", "GET /login HTTP/1.1\r\nX: y\r\n\r\n"),
    ("a blank in the target", "GET /login /x HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("a blank and a raw byte in the target", "GET /é x HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("a tab in the target", "GET /login\tHTTP/1.1 HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("NUL in the target", "GET /log\0in HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("NUL and a raw byte in the target", "GET /é\0 HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("a bare CR in the target", "GET /log\rin HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("DEL in the target", "GET /log\x7fin HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("two blanks before the target", "GET  /login HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("two blanks before the version", "GET /login  HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("a blank behind the version", "GET /login HTTP/1.1 \r\nHost: x\r\n\r\n"),
    ("no version", "GET /login\r\nHost: x\r\n\r\n"),
    ("a version in lower case", "GET /login http/1.1\r\nHost: x\r\n\r\n"),
    ("a version to come", "GET /login HTTP/1.2\r\nHost: x\r\n\r\n"),
    ("HTTP/2 without a word", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("a method in brackets", "GE(T /login HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("a method with a raw byte", "GÉT /login HTTP/1.1\r\nHost: x\r\n\r\n"),
];

#[test]
fn each_is_refused_and_nothing_behind_it_is_answered() {
    let server = server(&[]);
    for (name, request) in REFUSED {
        let mut client = Client::of(&server);
        let answer =
            client.send([request, SMUGGLED].concat()).answer(false).unwrap_or_else(|| panic!("{name}: no answer"));
        assert_eq!(answer.status(), 400, "{name}: {answer:?}");
        let says_so = answer.status_line.starts_with("HTTP/1.0") || answer.header("Connection") == Some("close");
        assert!(says_so, "{name}: {answer:?}");
        assert_eq!(client.rest(), "", "{name}");
    }
}

#[test]
fn bad_chunks_end_the_connection() {
    let server = server(&[]);
    for body in [
        "x\r\n",
        "-1\r\n",
        "+1\r\na\r\n0\r\n\r\n",
        " 1\r\na\r\n0\r\n\r\n",
        "0x1\r\na\r\n0\r\n\r\n",
        "1 1\r\n",
        "1\na\n0\n\n",
        "1\r\na\n0\r\n\r\n",
        "1\r\nab\r\n0\r\n\r\n",
        "ffffffffffffffff1\r\n",
        "1;\0\r\na\r\n0\r\n\r\n",
        "1;a\nb\r\na\r\n0\r\n\r\n",
        "0\r\nX: y\nZ: w\r\n\r\n",
        "0\r\n\n",
        "\r\n0\r\n\r\n",
    ] {
        for path in ["/proxy/login", "/healthz"] {
            let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            let mut client = Client::of(&server);
            let answer = client.send([&head, body, SMUGGLED].concat()).answer(false).expect("an answer");
            assert!((400..500).contains(&answer.status()), "{body:?}: {answer:?}");
            assert_eq!(client.rest(), "", "{body:?}");
        }
    }
}

/// What only looks odd goes through, and the next request is the next request.
#[test]
fn the_harmless_is_still_taken() {
    let server = server(&[]);
    let login = "{\"username\":\"a\",\"password\":\"b\"}";
    for request in [
        format!("POST /proxy/login HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{login}", login.len()),
        format!("POST /proxy/login HTTP/1.1\r\nHost: x\r\nContent-Length:   {}  \r\n\r\n{login}", login.len()),
        format!(
            "POST /proxy/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n{:X};e=\"f\"\r\n{login}\r\n0\r\nT: u\r\n\r\n",
            login.len()
        ),
        format!("\r\nPOST /proxy/login HTTP/1.1\nHost: x\nContent-Length: {}\n\n{login}", login.len()),
    ] {
        let request = request.replace("Host: x", "Host: x\r\nContent-Type: application/json");
        let mut client = Client::of(&server);
        client.send([&request, SMUGGLED].concat());
        let answer = client.answer(false).unwrap();
        assert_eq!(answer.status(), 401, "{request:?}: {answer:?}");
        assert_eq!(client.answer(false).unwrap().body, "alive\n", "{request:?}");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = server(&[]);
    let mut client = Client::of(&server);
    let many: String =
        (0..40).map(|number| format!("GET /proxy/{number} HTTP/1.1\r\nHost: x\r\n\r\n{SMUGGLED}")).collect();
    client.send(&many).end();
    for _ in 0..40 {
        assert_eq!(client.answer(false).unwrap().status(), 404);
        assert_eq!(client.answer(false).unwrap().body, "alive\n");
    }
    assert_eq!(client.rest(), "");
}
