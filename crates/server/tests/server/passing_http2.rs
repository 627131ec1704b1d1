//! Paths that are passed, asked for by HTTP/2: the old server hears HTTP/1, and its answers come back.

use std::time::Duration;

use bytes::Bytes;
use h2::{Reason, RecvStream, client::SendRequest};
use http::{HeaderMap, Request, Response, Version};
use tokio::time::timeout;

use crate::http2::{ask, connect, text, whole};
use crate::old_server::{OldServer, Script};

fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).version(Version::HTTP_2).uri(format!("https://localhost{path}"))
}

/// Sends a request with a body in pieces and trailers.
async fn send(
    client: &mut SendRequest<Bytes>,
    request: http::request::Builder,
    pieces: &[&'static [u8]],
    trailers: Option<HeaderMap>,
) -> Response<RecvStream> {
    *client = client.clone().ready().await.unwrap();
    let (answer, mut stream) = client.send_request(request.body(()).unwrap(), false).unwrap();
    for (index, piece) in pieces.iter().enumerate() {
        let is_last = trailers.is_none() && index + 1 == pieces.len();
        stream.send_data(Bytes::from_static(piece), is_last).unwrap();
    }
    if let Some(trailers) = trailers {
        stream.send_trailers(trailers).unwrap();
    }
    timeout(Duration::from_secs(20), answer).await.expect("an answer").unwrap()
}

#[tokio::test]
async fn heads_bodies_and_trailers_come_back() {
    let answer = "HTTP/1.1 200 Fine\r\nX-A: 1\r\nx-a: 2\r\nConnection: X-Hop\r\nX-Hop: 1\r\nTransfer-Encoding: chunked\r\n\r\n\
                  3\r\nold\r\n5;x=y\r\n page\r\n0\r\nX-Sum: 8\r\n\r\n";
    let old = OldServer::answering(answer).await;
    let (server, mut client, _) = connect(&old.section("proxy")).await;
    let asked = request("GET", "/page?q=%41").header("cookie", "a=b").header("cookie", "c=d").header("te", "trailers");
    client = client.ready().await.unwrap();
    let answer = client.send_request(asked.body(()).unwrap(), true).unwrap().0.await.unwrap();
    assert_eq!(answer.status(), 200);
    let values: Vec<_> = answer.headers().get_all("x-a").iter().collect();
    assert_eq!(values, ["1", "2"]);
    for gone in ["connection", "x-hop", "transfer-encoding"] {
        assert!(!answer.headers().contains_key(gone), "{gone}");
    }
    let (body, trailers) = whole(answer.into_body()).await.unwrap();
    assert_eq!((body.as_str(), trailers.get("x-sum").unwrap().as_bytes()), ("old page", &b"8"[..]));
    assert_eq!(
        old.heard(),
        [
            "GET /page?q=%41 HTTP/1.1\r\nhost: localhost\r\ncookie: a=b; c=d\r\nConnection: TE\r\nTE: trailers\r\nX-Real-IP: 127.0.0.1\r\nX-Forwarded-For: 127.0.0.1\r\n\
          X-Forwarded-Proto: https\r\nX-Forwarded-Host: localhost\r\n\r\n"
        ]
    );
    // What the dialect serves it serves.
    let (status, body) = ask(&mut client, "/frp/api/known").await.unwrap();
    assert_eq!((status, text(body).await.unwrap().as_str()), (200, "frp/frp"));
    server.running.stop().await;
}

#[tokio::test]
async fn request_bodies_go_with_their_length_or_in_chunks_with_trailers() {
    let chunks = "3\r\nabc\r\n2\r\nde\r\n0\r\nx-sum: 5\r\n\r\n";
    let said = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".to_vec();
    let old = OldServer::start(vec![Script::Answers(5, said.clone()), Script::Answers(chunks.len(), said)]).await;
    let (server, mut client, _) = connect(&old.section("proxy")).await;
    let answer = send(&mut client, request("POST", "/a").header("content-length", "5"), &[b"abc", b"de"], None).await;
    assert_eq!(text(answer.into_body()).await.unwrap(), "hi");
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", "5".parse().unwrap());
    let answer = send(&mut client, request("POST", "/b"), &[b"abc", b"", b"de"], Some(trailers)).await;
    assert_eq!(text(answer.into_body()).await.unwrap(), "hi");
    let heard = old.heard().concat();
    assert!(heard.contains("content-length: 5\r\n") && heard.contains("\r\n\r\nabcde"), "{heard}");
    assert!(heard.to_lowercase().contains("transfer-encoding: chunked\r\n") && heard.ends_with(chunks), "{heard}");
    server.running.stop().await;
}

#[tokio::test]
async fn an_answer_may_come_before_the_request_has_ended() {
    let old = OldServer::answering("HTTP/1.1 413 Too Much\r\nContent-Length: 4\r\n\r\nmuch").await;
    let (server, mut client, _) = connect(&old.section("proxy")).await;
    client = client.ready().await.unwrap();
    let (answer, mut stream) = client.send_request(request("PUT", "/a").body(()).unwrap(), false).unwrap();
    stream.send_data(Bytes::from_static(b"some"), false).unwrap();
    let answer = timeout(Duration::from_secs(20), answer).await.expect("an answer").unwrap();
    assert_eq!((answer.status().as_u16(), text(answer.into_body()).await.unwrap().as_str()), (413, "much"));
    // Nothing of it holds the connection up.
    assert_eq!(ask(&mut client, "/frp/api/known").await.unwrap().0, 200);
    server.running.stop().await;
}

#[tokio::test]
async fn bodies_stream_both_ways() {
    const LENGTH: usize = 8 << 20;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n").into_bytes();
    let old = OldServer::start(vec![Script::Answers(LENGTH, [head, vec![b'd'; LENGTH]].concat())]).await;
    let (server, mut client, _) = connect(&old.section("proxy")).await;
    client = client.ready().await.unwrap();
    let asked = request("POST", "/a").header("content-length", LENGTH).body(()).unwrap();
    let (answer, mut stream) = client.send_request(asked, false).unwrap();
    stream.send_data(Bytes::from(vec![b'u'; LENGTH]), true).unwrap();
    let answer = timeout(Duration::from_secs(60), answer).await.expect("an answer").unwrap();
    let body = text(answer.into_body()).await.unwrap();
    assert!(body.len() == LENGTH && body.bytes().all(|byte| byte == b'd'));
    server.running.stop().await;
}

#[tokio::test]
async fn an_old_server_that_fails_is_told_of_as_over_http1() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_vec();
    let old = OldServer::start(vec![Script::HangsUp(b"nonsense\r\n\r\n".to_vec()), Script::HangsUp(half)]).await;
    let (server, mut client, _) = connect(&old.section("proxy")).await;
    assert_eq!(ask(&mut client, "/page").await.unwrap().0, 503);
    // Half an answer is none; its head may have been read before that is known.
    let error = match ask(&mut client, "/page").await {
        Ok((_, body)) => text(body).await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(error.reason(), Some(Reason::INTERNAL_ERROR));
    assert_eq!(ask(&mut client, "/frp/api/known").await.unwrap().0, 200);
    server.running.stop().await;
}
