//! Starting, being asked for health, shutting down.

use std::time::{Duration, Instant};

use dragoman_server::process::{StartError, StartOptions, start};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::exchange::{get, send, send_raw};
use crate::fake::{serve, settings};

#[tokio::test]
async fn the_operator_endpoints_win_over_every_namespace() {
    let server = serve("").await;
    let address = server.running.address();
    assert_eq!(get(address, "/healthz").await, (200, "alive\n".to_owned()));
    assert_eq!(get(address, "/readyz").await, (200, "ready\n".to_owned()));
    assert_eq!(send(address, "POST", "/healthz", "x", "").await.0, 405);
    assert_eq!(get(address, "/healthz/x").await.1, "proxy/proxy /healthz/x");
    server.running.stop().await;
}

#[tokio::test]
async fn two_servers_live_in_one_process() {
    let (one, two) = (serve("").await, serve("[frp]\nenabled = false").await);
    assert_ne!(one.running.address(), two.running.address());
    assert_eq!(get(one.running.address(), "/frp/api/known").await.1, "frp/frp");
    assert_eq!(get(two.running.address(), "/frp/api/known").await.1, "proxy/proxy /frp/api/known");
    one.running.stop().await;
    assert_eq!(get(two.running.address(), "/readyz").await.0, 200);
    two.running.stop().await;
}

#[tokio::test]
async fn an_empty_database_gets_one_super_administrator_once() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder, "");
    let options = StartOptions::default();
    let first = start(&settings, &options).await.unwrap();
    let made = first.first_administrator().expect("made by the first start");
    assert_eq!((made.username, made.password.len()), ("admin", 20));
    first.stop().await;
    let second = start(&settings, &options).await.unwrap();
    assert!(second.first_administrator().is_none());
    assert_eq!(second.accounts().count().await, Ok(1));
    second.stop().await;
}

#[tokio::test]
async fn a_shutdown_turns_readyz_and_finishes_what_runs() {
    let server = serve("[server]\ndrain_seconds = 1\nshutdown_seconds = 5").await;
    let address = server.running.address();
    let slow = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(800)).await;
        get(address, "/slow").await
    });
    let stopped = tokio::spawn(server.running.stop());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(get(address, "/readyz").await, (503, "shutting down\n".to_owned()));
    assert_eq!(get(address, "/healthz").await.0, 200);
    // Sent before the listener closed at one second, answered after it.
    assert_eq!(slow.await.unwrap(), (200, "slow but whole".to_owned()));
    stopped.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_ever() {
    let server = serve("[server]\nshutdown_seconds = 1\nkeep_alive_seconds = 60").await;
    let mut idle = TcpStream::connect(server.running.address()).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 16];
    idle.read_exact(&mut answer).await.unwrap();
    let begun = Instant::now();
    server.running.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_head_that_never_ends_or_is_too_large_is_bounded() {
    let server = serve("[server]\nrequest_head_seconds = 1").await;
    let address = server.running.address();
    let large = format!("GET /x HTTP/1.1\r\nHost: x\r\nBig: {}\r\n\r\n", "a".repeat(300_000));
    assert!(!send_raw(address, &large).await.starts_with("HTTP/1.1 200"));
    let many = format!("GET /x HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(500));
    assert!(send_raw(address, &many).await.starts_with("HTTP/1.1 4"));
    let begun = Instant::now();
    let answer = send_raw(address, "GET /x HTTP/1.1\r\nHost: ").await;
    assert!(answer.starts_with("HTTP/1.1 408") && begun.elapsed() < Duration::from_secs(5), "{answer:?}");
    assert_eq!(get(address, "/healthz").await.0, 200);
    server.running.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_a_plain_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&folder, "");
    settings.server.listen = taken.local_addr().unwrap();
    let error = start(&settings, &StartOptions::default()).await.err().expect("an error");
    assert!(matches!(error, StartError::Listen { .. }), "{error}");
}

#[tokio::test]
async fn lists_that_nobody_reads_are_bounded_over_all_connections() {
    // Room for four lists, one network may hold half of it.
    let server = serve("[server]\nbodies_in_flight_mib = 2\nnetwork_share_percent = 50").await;
    let address = server.running.address();
    let mut unread = Vec::new();
    for _ in 0..2 {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut begun = [0; 15];
        socket.read_exact(&mut begun).await.unwrap();
        assert_eq!(&begun, b"HTTP/1.1 200 OK");
        unread.push(socket);
    }
    assert_eq!(get(address, "/stream").await.0, 503);
    // What has a length waits for nobody.
    assert_eq!(get(address, "/api/known").await.0, 200);
    unread.clear();
    let begun = Instant::now();
    while get(address, "/large").await.0 != 200 || get(address, "/stream-short").await.0 != 200 {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.running.stop().await;
}
