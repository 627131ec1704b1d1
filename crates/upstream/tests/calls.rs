//! What an old server can do to a client, on real sockets.

// clippy exempts tests, but not what they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dragoman_upstream::{Address, BreakerState, Options, Request, Unavailable, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves every connection alike; gives its URL and how many there were.
async fn old_server<F, Served>(serve: F) -> (String, Arc<AtomicUsize>)
where
    F: Fn(TcpStream) -> Served + Send + Sync + 'static,
    Served: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(socket));
        }
    });
    (url, connections)
}

/// One that reads something and says this, then hangs up.
async fn saying(answer: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    old_server(move |mut socket| {
        let answer = answer.clone();
        async move {
            let mut space = [0; 4096];
            let _ = socket.read(&mut space).await;
            let _ = socket.write_all(&answer).await;
        }
    })
    .await
}

fn client(url: &str) -> Upstream {
    let options =
        Options { address: Address::parse(url).unwrap(), ca_certificate: None, time_out: Duration::from_millis(500) };
    Upstream::open(&options).unwrap()
}

#[tokio::test]
async fn an_answer_is_whole_with_its_cookies_and_no_redirect_is_followed() {
    let answer =
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nSet-Cookie: SID=abc; Path=/\r\nset-cookie: b=c\r\n\
                   Transfer-Encoding: chunked\r\n\r\n2;x\r\nhi\r\n1\r\n!\r\n0\r\n\r\n";
    let (url, connections) = saying(answer.to_vec()).await;
    let answer = client(&url).call(Request::post("/login", "application/json", *b"{}")).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (302, &b"hi!"[..]));
    assert_eq!(answer.cookies().collect::<Vec<_>>(), [("SID", "abc"), ("b", "c")]);
    assert_eq!(answer.header("LOCATION"), Some("http://127.0.0.1:1/"));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_is_no_answer_is_nonsense_and_comes_with_a_digest() {
    let endless_head = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'y'; 300_000]].concat();
    let endless_body = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec();
    let endless_chunks =
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2000000\r\n".to_vec(), vec![b'y'; 0x0200_0000]];
    for answer in [
        b"garbage\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\nContent-Le".to_vec(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec(),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n".to_vec(),
        b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100),
        endless_head,
        endless_body,
        endless_chunks.concat(),
    ] {
        let (url, _) = saying(answer).await;
        let outcome = client(&url).call(Request::get("/x")).await;
        let Err(Unavailable::Nonsense { digest, .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(digest.len(), 32);
    }
}

#[tokio::test]
async fn who_is_silent_slow_or_gone_is_told_apart_and_soon_left_alone() {
    let (silent, connections) = old_server(|socket| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(socket);
    })
    .await;
    let old = client(&silent);
    let begun = Instant::now();
    for _ in 0..5 {
        assert_eq!(old.call(Request::get("/x")).await.unwrap_err(), Unavailable::Slow);
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(old.breaker(), BreakerState::Open);
    let begun = Instant::now();
    assert_eq!(old.call(Request::get("/x")).await.unwrap_err(), Unavailable::Resting);
    assert!(begun.elapsed() < Duration::from_millis(100));
    assert_eq!(connections.load(Ordering::SeqCst), 5, "no more questions than were asked");

    let (slow, _) = old_server(|mut socket| async move {
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let _ = socket.write_all(&[*byte]).await;
        }
    })
    .await;
    assert_eq!(client(&slow).call(Request::get("/x")).await.unwrap_err(), Unavailable::Slow);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let outcome = client(&gone).call(Request::get("/x")).await;
    assert!(matches!(outcome, Err(Unavailable::Away(_))), "{outcome:?}");
    let (cut, connections) = saying(Vec::new()).await;
    let outcome = client(&cut).call(Request::post("/x", "text/plain", *b"once")).await;
    assert!(matches!(outcome, Err(Unavailable::Away(_))), "{outcome:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 1, "what may have been done is not asked for again");
}

#[tokio::test]
async fn connections_are_kept_and_dead_ones_are_not_used() {
    let (url, connections) = old_server(|mut socket| async move {
        let mut space = [0; 4096];
        // Two answers a connection, then it hangs up.
        for _ in 0..2 {
            if socket.read(&mut space).await.unwrap_or(0) == 0 {
                return;
            }
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        }
    })
    .await;
    let old = client(&url);
    for _ in 0..6 {
        assert_eq!(old.call(Request::get("/x")).await.unwrap().body, b"ok");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn no_question_carries_another() {
    let (url, connections) = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    for target in ["/x HTTP/1.1\r\nX: y", "x", "/\u{e9}", "//\0"] {
        assert!(client(&url).call(Request::get(target)).await.is_err(), "{target:?}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
    client(&url).call(Request::get("/x").with("X", "a\r\nHost: b")).await.unwrap();
}

/// One that speaks TLS with a certificate for this name; gives its URL and the PEM of what certifies it.
async fn secure(name: &str) -> (String, tempfile::NamedTempFile) {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let (url, _) = old_server(move |socket| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut socket) = acceptor.accept(socket).await else { return };
            let mut space = [0; 4096];
            let _ = socket.read(&mut space).await;
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret").await;
            let _ = socket.shutdown().await;
        }
    })
    .await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), made.cert.pem()).unwrap();
    (url.replace("http://", "https://"), file)
}

async fn asked_over_tls(url: &str, authority: Option<&std::path::Path>) -> Result<Vec<u8>, Unavailable> {
    let options = Options {
        address: Address::parse(url).unwrap(),
        ca_certificate: authority.map(std::path::Path::to_owned),
        time_out: Duration::from_secs(5),
    };
    Upstream::open(&options).unwrap().call(Request::get("/")).await.map(|answer| answer.body)
}

#[tokio::test]
async fn a_certificate_must_be_of_the_operator_s_authority_and_of_the_name() {
    let (url, authority) = secure("127.0.0.1").await;
    assert_eq!(asked_over_tls(&url, Some(authority.path())).await, Ok(b"secret".to_vec()));
    let (_, other) = secure("127.0.0.1").await;
    for authority in [None, Some(other.path())] {
        let refused = asked_over_tls(&url, authority).await;
        assert!(matches!(&refused, Err(Unavailable::Away(reason)) if reason.contains("certificate")), "{refused:?}");
    }
    let (url, authority) = secure("old.example").await;
    let refused = asked_over_tls(&url, Some(authority.path())).await;
    assert!(matches!(&refused, Err(Unavailable::Away(reason)) if reason.contains("certificate")), "{refused:?}");
    // Plain HTTP where TLS is spoken, and the reverse.
    assert!(asked_over_tls(&url.replace("https://", "http://"), None).await.is_err());
    let (plain, _) = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    assert!(asked_over_tls(&plain.replace("http://", "https://"), None).await.is_err());
}
