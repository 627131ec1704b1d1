//! HTTP/2 over TLS: what one connection may hold, and how long a client is waited for that takes nothing.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::{Builder, SendRequest};
use h2::{Reason, RecvStream};
use http::{HeaderMap, Request, Version};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::fake::{TestServer, serve};

/// A client that speaks HTTP/2 alone.
pub async fn connect(settings: &str) -> (TestServer, SendRequest<Bytes>, Arc<AtomicUsize>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = tempfile::tempdir().unwrap();
    let (certificate, key) = (files.path().join("chain.pem"), files.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let server = serve(&format!("[server]\ntls_certificate = {certificate:?}\ntls_key = {key:?}\n{settings}")).await;
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let socket = TcpStream::connect(server.running.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let secured = TlsConnector::from(Arc::new(config)).connect(name, socket).await.unwrap();
    let (send, mut connection) = Builder::new().handshake(secured).await.unwrap();
    let streams = Arc::new(AtomicUsize::new(0));
    let announced = Arc::clone(&streams);
    tokio::spawn(poll_fn(move |context| {
        let polled = Pin::new(&mut connection).poll(context);
        announced.store(connection.max_concurrent_send_streams(), Ordering::Relaxed);
        polled.map(drop)
    }));
    (server, send, streams)
}

pub async fn ask(send: &mut SendRequest<Bytes>, path: &str) -> Result<(u16, RecvStream), h2::Error> {
    let request = Request::builder().version(Version::HTTP_2).uri(format!("https://localhost{path}")).body(()).unwrap();
    *send = send.clone().ready().await?;
    let answer = send.send_request(request, true)?.0.await?;
    Ok((answer.status().as_u16(), answer.into_body()))
}

pub async fn text(body: RecvStream) -> Result<String, h2::Error> {
    Ok(whole(body).await?.0)
}

/// A body, and the trailers behind it.
pub async fn whole(mut body: RecvStream) -> Result<(String, HeaderMap), h2::Error> {
    let mut whole = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece?;
        body.flow_control().release_capacity(piece.len())?;
        whole.extend_from_slice(&piece);
    }
    let trailers = body.trailers().await?.unwrap_or_default();
    Ok((String::from_utf8_lossy(&whole).into_owned(), trailers))
}

#[tokio::test]
async fn it_is_spoken_and_announces_a_hundred_streams() {
    let (server, mut send, streams) = connect("").await;
    for _ in 0..3 {
        let (status, body) = ask(&mut send, "/frp/api/known").await.unwrap();
        assert_eq!((status, text(body).await.unwrap().as_str()), (200, "frp/frp"));
    }
    assert_eq!(streams.load(Ordering::Relaxed), 100);
    server.running.stop().await;
}

#[tokio::test]
async fn sixteen_requests_of_a_connection_are_answered_at_once() {
    let (server, send, _) = connect("").await;
    let begun = Instant::now();
    // Each takes 600 ms: forty of them are three rounds.
    let slow = (0..40).map(|_| {
        let mut send = send.clone();
        tokio::spawn(async move { ask(&mut send, "/frp/slow").await.unwrap().0 })
    });
    for answer in slow.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap(), 200);
    }
    let passed = begun.elapsed();
    assert!((Duration::from_millis(1700)..Duration::from_secs(6)).contains(&passed), "{passed:?}");
    server.running.stop().await;
}

#[tokio::test]
async fn a_stream_whose_client_takes_nothing_is_reset_and_the_connection_goes_on() {
    let (server, mut send, _) = connect("write_stall_seconds = 1\nkeep_alive_seconds = 30").await;
    let (status, mut body) = ask(&mut send, "/frp/large").await.unwrap();
    assert_eq!(status, 200);
    // What is never released is never sent more of.
    let error = loop {
        match body.data().await.expect("not the end") {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.reason(), Some(Reason::CANCEL));
    assert_eq!(ask(&mut send, "/frp/api/known").await.unwrap().0, 200);
    server.running.stop().await;
}

#[tokio::test]
async fn a_large_answer_arrives_whole() {
    let (server, mut send, _) = connect("").await;
    let (_, body) = ask(&mut send, "/frp/large").await.unwrap();
    assert_eq!(text(body).await.unwrap().len(), crate::fake::LARGE);
    server.running.stop().await;
}

#[tokio::test]
async fn an_idle_connection_ends() {
    let (server, mut send, _) = connect("keep_alive_seconds = 1").await;
    assert_eq!(ask(&mut send, "/frp/api/known").await.unwrap().0, 200);
    tokio::time::sleep(Duration::from_millis(3500)).await;
    assert!(ask(&mut send, "/frp/api/known").await.is_err());
    server.running.stop().await;
}
