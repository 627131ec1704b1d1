//! The picture store against moto, a server of S3's own requests in Python. It runs where `moto_server` is: named by
//! DRAGOMAN_TEST_MOTO or in the path (`.ci/run` installs it); with DRAGOMAN_TEST_REQUIRE=all it must.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dragoman_dialect::pictures::{PictureStore, S3Options};
use futures_util::TryStreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MIB: usize = 1024 * 1024;

struct Moto {
    child: Child,
    endpoint: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Moto {
    async fn start() -> Option<Self> {
        let program = std::env::var("DRAGOMAN_TEST_MOTO").unwrap_or_else(|_| "moto_server".to_owned());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let started = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = started else {
            let required = std::env::var("DRAGOMAN_TEST_REQUIRE").is_ok_and(|required| required == "all");
            assert!(!required, "{program} is required (DRAGOMAN_TEST_REQUIRE=all) and not there");
            // Past the capture of the test's output: a skipped test is seen.
            let _ = writeln!(std::io::stderr(), "SKIPPED: {program} is not installed, so S3 was not tried with moto");
            return None;
        };
        let moto = Self { child, endpoint: format!("http://127.0.0.1:{port}") };
        for _ in 0..300 {
            if moto.ask("GET /moto-api/").await.is_some() {
                return Some(moto);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{program} does not answer");
    }

    /// One request without a body, outside the store.
    async fn ask(&self, request: &str) -> Option<String> {
        let address = self.endpoint.strip_prefix("http://").unwrap();
        let mut connection = TcpStream::connect(address).await.ok()?;
        let head = format!("{request} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        connection.write_all(head.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    }

    fn store(&self, bucket: &str) -> PictureStore {
        let options = S3Options {
            endpoint: Some(self.endpoint.clone()),
            access_key_id: Some("DRAGOMAN".to_owned()),
            secret_access_key: Some("hunter2".into()),
            ..S3Options::default()
        };
        PictureStore::open(&format!("s3://{bucket}/one"), &options).unwrap()
    }
}

async fn keep(store: &PictureStore, name: &str, bytes: &[u8]) {
    let mut upload = store.begin(name).unwrap();
    for chunk in bytes.chunks(64 * 1024) {
        upload.write(chunk).await.unwrap();
    }
    upload.finish().await.unwrap();
}

#[tokio::test]
async fn pictures_on_moto() {
    let Some(moto) = Moto::start().await else { return };
    assert!(moto.store("pictures").look().await.is_err(), "there is no bucket yet");
    let made = moto.ask("PUT /pictures").await.unwrap();
    assert!(made.starts_with("HTTP/1.1 200"), "{made}");
    let store = moto.store("pictures").scoped("v1").unwrap();
    assert!(store.look().await.is_ok());
    for (name, length) in [("small.png", 10_241), ("part.png", 5 * MIB), ("parts.png", 11 * MIB)] {
        let bytes: Vec<u8> = (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        keep(&store, name, &bytes).await;
        let stored = store.get(name).await.unwrap().unwrap();
        assert_eq!(stored.facts.size, length as u64);
        assert!(stored.stream.try_collect::<Vec<_>>().await.unwrap().concat() == bytes, "{name}");
        let (part, partial) = store.get_range(name, 100..200).await.unwrap().unwrap();
        let part = part.stream.try_collect::<Vec<_>>().await.unwrap().concat();
        assert_eq!((part, partial), (bytes[100..200].to_vec(), true), "{name}");
        assert_eq!(store.facts(name).await.unwrap().unwrap().size, length as u64);
    }
    let mut names: Vec<String> = store.list().map_ok(|listed| listed.name).try_collect().await.unwrap();
    names.sort();
    assert_eq!(names, ["part.png", "parts.png", "small.png"]);
    store.delete("part.png").await.unwrap();
    assert!(store.get("part.png").await.unwrap().is_none());
    assert!(store.get("nosuch.png").await.unwrap().is_none());
    let mut dropped = store.begin("dropped.png").unwrap();
    dropped.write(&vec![7; 6 * MIB]).await.unwrap();
    dropped.abort().await;
    assert!(store.get("dropped.png").await.unwrap().is_none());
}
