//! HTTPS when a certificate is configured.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::exchange::head;
use crate::fake::{serve, try_serve};

fn client(root: rustls::pki_types::CertificateDer<'static>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(root).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn a_configured_certificate_is_served() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = tempfile::tempdir().unwrap();
    let (certificate, key) = (files.path().join("chain.pem"), files.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let server = serve(&format!("[server]\ntls_certificate = {certificate:?}\ntls_key = {key:?}")).await;
    assert!(server.running.report().contains("https://127.0.0.1:"));

    let socket = TcpStream::connect(server.running.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut secured = client(made.cert.der().clone()).connect(name, socket).await.unwrap();
    secured.write_all(head("GET", "/frp/api/known", "localhost", "").as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = secured.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("frp/frp"), "{answer}");
    server.running.stop().await;
}

#[tokio::test]
async fn a_file_without_a_certificate_is_a_start_error() {
    let files = tempfile::tempdir().unwrap();
    let empty = files.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let toml = format!("[server]\ntls_certificate = {empty:?}\ntls_key = {empty:?}");
    let error = try_serve(&toml, false).await.err().expect("an error").to_string();
    assert!(error.contains("empty.pem holds no certificate"), "{error}");
}
