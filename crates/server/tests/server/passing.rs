//! Paths that no dialect serves go to the old server behind the mount, and its answers back, byte for byte.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::exchange::{get, head, send_raw};
use crate::fake::{TestServer, serve};
use crate::old_server::{OldServer, Script};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold";

async fn in_front_of(old: &OldServer) -> TestServer {
    serve(&old.section("proxy")).await
}

/// Says something on a connection and reads until this has come.
async fn say(socket: &mut TcpStream, request: &str, until: &str) -> String {
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&answer).ends_with(until) {
            let mut piece = vec![0; 65_536];
            let read = socket.read(&mut piece).await.unwrap();
            assert!(read > 0, "the end, after {:?}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&piece[..read]);
        }
    };
    let outcome = timeout(Duration::from_secs(10), reading).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(outcome.is_ok(), "nothing more after {answer:?}");
    answer
}

async fn connected(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

#[tokio::test]
async fn heads_keep_their_order_and_case_and_bodies_every_byte() {
    let chunks = "3;x=\"y\"\r\nold\r\n0\r\nX-Trailer: t\r\n\r\n";
    let answer = format!(
        "HTTP/1.1 200 Fine\r\nX-b: 1\r\nx-A: 2\r\nset-Cookie: b\r\nKeep-Alive: timeout=1\r\nSET-COOKIE: a\r\n\
         Transfer-Encoding: chunked\r\ntrailer: X-Trailer\r\n\r\n{chunks}"
    );
    let old = OldServer::answering(&answer).await;
    let server = in_front_of(&old).await;
    let mut socket = connected(server.running.address()).await;
    let request = "GET /page?q=%41 HTTP/1.1\r\nhOST: old.example\r\nX-z: 1\r\nx-Y: 2\r\nConnection: keep-alive\r\n\r\n";
    let passed = say(&mut socket, request, chunks).await;
    assert_eq!(
        passed,
        format!(
            "HTTP/1.1 200 Fine\r\nX-b: 1\r\nx-A: 2\r\nset-Cookie: b\r\nSET-COOKIE: a\r\nTransfer-Encoding: chunked\r\n\
             trailer: X-Trailer\r\n\r\n{chunks}"
        )
    );
    assert_eq!(
        old.heard(),
        [
            "GET /page?q=%41 HTTP/1.1\r\nhOST: old.example\r\nX-z: 1\r\nx-Y: 2\r\nX-Real-IP: 127.0.0.1\r\nX-Forwarded-For: 127.0.0.1\r\n\
          X-Forwarded-Proto: http\r\nX-Forwarded-Host: old.example\r\n\r\n"
        ]
    );
    server.running.stop().await;
}

#[tokio::test]
async fn one_connection_carries_what_is_passed_and_what_is_served_in_turn() {
    let old = OldServer::answering(OK).await;
    let server = in_front_of(&old).await;
    let mut socket = connected(server.running.address()).await;
    let request = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    for _ in 0..3 {
        say(&mut socket, &request("/page"), "\r\n\r\nold").await;
        say(&mut socket, &request("/api/known"), "\r\n\r\nmedusa/medusa").await;
        say(&mut socket, &request("/state"), "\r\n\r\n").await;
    }
    // All at once, in order.
    let all = [request("/page"), request("/api/known"), request("/page"), request("/api/known")].concat();
    let answers = say(&mut socket, &all, "medusa/medusa").await;
    let answers = if answers.matches("HTTP/1.1 200").count() < 4 {
        answers + &say(&mut socket, "", "medusa/medusa").await
    } else {
        answers
    };
    let bodies: Vec<&str> =
        answers.split("\r\n\r\n").skip(1).map(|rest| rest.split("HTTP/1.1").next().unwrap()).collect();
    assert_eq!(bodies, ["old", "medusa/medusa", "old", "medusa/medusa"]);
    assert_eq!(old.heard().len(), 1, "one connection to the old server is kept");
    server.running.stop().await;
}

#[tokio::test]
async fn what_is_said_before_an_answer_and_what_has_no_body() {
    let scripts = [
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: \"x\"\r\n\r\n",
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-2/9\r\nContent-Length: 2\r\n\r\nbc",
    ];
    let old = OldServer::start(scripts.map(|script| Script::Answers(0, script.as_bytes().to_vec())).to_vec()).await;
    let server = in_front_of(&old).await;
    let mut socket = connected(server.running.address()).await;
    for (method, script) in ["GET", "HEAD", "GET", "GET"].into_iter().zip(scripts) {
        let request = format!("{method} /x HTTP/1.1\r\nHost: x\r\nRange: bytes=1-2\r\nIf-None-Match: \"x\"\r\n\r\n");
        assert_eq!(say(&mut socket, &request, script.get(script.len() - 4..).unwrap()).await, script);
    }
    server.running.stop().await;
}

#[tokio::test]
async fn bodies_stream_both_ways() {
    const LENGTH: usize = 40 << 20;
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n").into_bytes();
    let answer = [answer, vec![b'd'; LENGTH]].concat();
    let old = OldServer::start(vec![Script::Answers(LENGTH, answer)]).await;
    let server = in_front_of(&old).await;
    let (mut read, mut write) = connected(server.running.address()).await.into_split();
    let sending = tokio::spawn(async move {
        let head = format!("PUT /big HTTP/1.1\r\nHost: x\r\nContent-Length: {LENGTH}\r\nConnection: close\r\n\r\n");
        write.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..LENGTH >> 20 {
            write.write_all(&vec![b'u'; 1 << 20]).await.unwrap();
        }
        write
    });
    let mut answer = Vec::new();
    read.read_to_end(&mut answer).await.unwrap();
    drop(sending.await.unwrap());
    let body = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(answer.len() - body, LENGTH);
    assert!(answer[body..].iter().all(|byte| *byte == b'd'));
    server.running.stop().await;
}

#[tokio::test]
async fn a_web_socket_is_a_tunnel() {
    let switched = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: k\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let old = OldServer::start(vec![Script::Echoes(switched.as_bytes().to_vec())]).await;
    let server = in_front_of(&old).await;
    let mut socket = connected(server.running.address()).await;
    let request =
        "GET /ws HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: k\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    assert_eq!(say(&mut socket, request, "\r\n\r\n").await, switched);
    for word in ["\u{1}one", "\0\r\n\r\ntwo", "GET / HTTP/1.1\r\n\r\n"] {
        assert_eq!(say(&mut socket, word, word).await, word);
    }
    let heard = old.heard();
    assert!(heard[0].starts_with("GET /ws HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: k\r\n"), "{heard:?}");
    assert!(heard[0].contains("Connection: Upgrade\r\nUpgrade: websocket\r\n"), "{heard:?}");
    // The server's end does not wait for it.
    let begun = std::time::Instant::now();
    server.running.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn an_answer_may_come_before_the_request_is_over() {
    let early = "HTTP/1.1 413 Too Much\r\nContent-Length: 4\r\n\r\nstop";
    let old = OldServer::start(vec![Script::HangsUp(early.as_bytes().to_vec())]).await;
    let server = in_front_of(&old).await;
    let request = format!("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 90000000\r\n\r\n{}", "u".repeat(300_000));
    let answer = timeout(Duration::from_secs(10), send_raw(server.running.address(), &request)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 Too Much\r\n") && answer.ends_with("\r\n\r\nstop"), "{answer}");
    server.running.stop().await;
}

#[tokio::test]
async fn what_smuggles_is_refused_before_it_leaves() {
    let old = OldServer::answering(OK).await;
    let server = in_front_of(&old).await;
    let address = server.running.address();
    for body in [
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
        "X: y\r\n folded\r\n\r\n",
    ] {
        let answer = send_raw(address, &format!("POST /page HTTP/1.1\r\nHost: x\r\n{body}")).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{body}: {answer}");
    }
    assert_eq!(old.heard(), Vec::<String>::new());
    // What is only wrong later never leaves, and what was begun is never completed.
    let mut socket = connected(address).await;
    socket.write_all(b"POST /page HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let _ = socket.write_all(b"zz\r\nGET /smuggled HTTP/1.1\r\n\r\n").await;
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(10), socket.read_to_end(&mut answer)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let heard = old.heard().concat();
    assert!(heard.ends_with("\r\n\r\n1\r\na\r\n") && !heard.contains("smuggled"), "{heard:?}");
    server.running.stop().await;
}

#[tokio::test]
async fn after_trailers_the_old_server_hears_the_next_on_a_connection_of_its_own() {
    let old = OldServer::answering(OK).await;
    let server = in_front_of(&old).await;
    let mut socket = connected(server.running.address()).await;
    let with_trailers =
        "POST /page HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n";
    say(&mut socket, with_trailers, "\r\n\r\nold").await;
    for _ in 0..2 {
        say(&mut socket, "GET /page HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\nold").await;
    }
    assert_eq!(old.heard().len(), 2, "{:?}", old.heard());
    server.running.stop().await;
}

#[tokio::test]
async fn no_path_leads_round_to_what_is_served_here() {
    let old = OldServer::answering(OK).await;
    let server = serve(&old.section("medusa")).await;
    let address = server.running.address();
    assert_eq!(get(address, "/api/page").await, (200, "old".to_owned()));
    assert_eq!(get(address, "/medusa/page/x").await, (200, "old".to_owned()));
    assert_eq!(get(address, "/api/known").await, (200, "medusa/medusa".to_owned()));
    for path in [
        "/api/x/../known",
        "/api/%2e%2e/api/known",
        "/api//known",
        "/api/%2fknown",
        "/api%2Fknown",
        "/api/k%6eown",
        "/api/x\\..\\known",
        "/medusa/api/known",
        "/medusa//api/known",
        "/api/known/x",
        "/api/known%2fx",
        "/api/known;x",
        "/api/known%3Bx",
        "/api/known%00",
        "/api/known%20",
        "/api/known.",
        "/api/known%2e",
        "/api/KNOWN",
        "/API/Known",
        "/api/known%253Bx",
        "/healthz",
        "/_testing/x",
        "/frp/page",
        "/page",
    ] {
        let (_, body) = get(address, path).await;
        assert_ne!(body, "old", "{path}");
    }
    let heard = old.heard().concat();
    assert!(heard.contains("GET /page/x HTTP/1.1"), "the prefix is cut off: {heard}");
    server.running.stop().await;
}

#[tokio::test]
async fn what_is_no_answer_is_the_dialects_own_refusal() {
    for script in [
        Script::Silent,
        Script::HangsUp(Vec::new()),
        Script::HangsUp(b"HTTP/1.1 200 OK\r\nContent-".to_vec()),
        Script::HangsUp(b"garbage\r\n\r\n".to_vec()),
        Script::HangsUp(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec()),
        Script::HangsUp(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n".to_vec()),
        Script::HangsUp(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n".to_vec()),
        Script::HangsUp([b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'y'; 200_000]].concat()),
        Script::HangsUp(b"HTTP/1.1 100 Continue\r\n\r\n".repeat(40)),
    ] {
        let old = OldServer::start(vec![script]).await;
        let server = in_front_of(&old).await;
        let request = head("GET", "/page", "x", "");
        let answer = timeout(Duration::from_secs(10), send_raw(server.running.address(), &request)).await.unwrap();
        let answer = answer.rsplit("HTTP/1.1 100 Continue\r\n\r\n").next().unwrap();
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert_eq!(get(server.running.address(), "/frp/api/known").await.0, 200);
        server.running.stop().await;
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_whole_one() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ] {
        let old = OldServer::start(vec![Script::HangsUp(answer.as_bytes().to_vec())]).await;
        let server = in_front_of(&old).await;
        let came = send_raw(server.running.address(), "GET /page HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(came.starts_with("HTTP/1.1 200 OK") && !came.ends_with("0\r\n\r\n"), "{came}");
        server.running.stop().await;
    }
}

#[tokio::test]
async fn an_old_server_of_http_1_0_is_passed_too() {
    let old =
        OldServer::start(vec![Script::HangsUp(b"HTTP/1.0 200 OK\r\nServer: Werkzeug\r\n\r\nto the end".to_vec())])
            .await;
    let server = in_front_of(&old).await;
    let answer = send_raw(server.running.address(), "GET /page HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(answer, "HTTP/1.1 200 OK\r\nServer: Werkzeug\r\nConnection: close\r\n\r\nto the end");
    let answer = send_raw(server.running.address(), "GET /page HTTP/1.0\r\n\r\n").await;
    assert!(answer.ends_with("to the end"), "{answer}");
    assert!(old.heard()[1].starts_with("GET /page HTTP/1.0\r\nConnection: close\r\n"), "{:?}", old.heard());
    server.running.stop().await;
}

#[tokio::test]
async fn neither_trace_nor_connect_leaves() {
    let old = OldServer::answering(OK).await;
    let server = in_front_of(&old).await;
    for line in
        ["TRACE /page HTTP/1.1", "CONNECT /page HTTP/1.1", "CONNECT old:22 HTTP/1.1", "TRACE http://x/page HTTP/1.1"]
    {
        let answer =
            send_raw(server.running.address(), &format!("{line}\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{line}: {answer}");
    }
    assert_eq!(old.heard(), Vec::<String>::new());
    server.running.stop().await;
}

#[tokio::test]
async fn where_sessions_are_to_be_kept_a_key_is_made() {
    let old = OldServer::answering(OK).await;
    let key = |server: &TestServer| server.folder.path().join("sealing.key");
    let server = in_front_of(&old).await;
    assert!(!key(&server).exists(), "nobody logs in there");
    server.running.stop().await;
    let server = serve(&format!("{}mode = \"logins\"\n", old.section("proxy"))).await;
    assert!(key(&server).exists() && server.running.accounts().sealing_key().is_some());
    server.running.stop().await;
}

#[tokio::test]
async fn the_old_server_is_shown_its_own_token() {
    let old = OldServer::start(vec![Script::Answers(29, OK.as_bytes().to_vec()), Script::Answers(0, OK.into())]).await;
    let server = in_front_of(&old).await;
    let mut socket = connected(server.running.address()).await;
    let request = "POST /scan?token=ours&x HTTP/1.1\r\nHost: x\r\ntOKEN: ours\r\nContent-Length: 22\r\n\r\n";
    let body = "{\"token\":\"ours\",\"a\":1}";
    say(&mut socket, &format!("{request}{body}"), "\r\n\r\nold").await;
    say(&mut socket, "GET /scan?token=theirs HTTP/1.1\r\nHost: x\r\nToken: theirs\r\n\r\n", "\r\n\r\nold").await;
    let heard = old.heard().concat();
    assert!(
        heard.contains("POST /scan?token=the%2Dold%2Done&x HTTP/1.1\r\nHost: x\r\ntOKEN: the-old-one\r\n"),
        "{heard}"
    );
    assert!(
        heard.contains("Content-Length: 29\r\n") && heard.contains("{\"token\":\"the-old-one\",\"a\":1}"),
        "{heard}"
    );
    assert!(heard.contains("GET /scan?token=theirs HTTP/1.1\r\nHost: x\r\nToken: theirs\r\n"), "{heard}");
    server.running.stop().await;
}
