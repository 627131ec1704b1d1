//! `dragoman healthcheck`: asks the server that this configuration describes, for containers that have no curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Complaint, output, wait_for};
use crate::config::Settings;

/// For connecting, asking and the answer together.
const PATIENCE: Duration = Duration::from_secs(3);
/// A TLS record of the kind "alert", "close notify": the politest thing to say to a server that speaks TLS.
const FAREWELL: [u8; 7] = [21, 3, 1, 0, 2, 1, 0];

/// Asks `/healthz`. A TLS listener is only asked whether it accepts connections and answers on them.
pub(super) fn run(settings: &Settings) -> Result<ExitCode, Complaint> {
    let address = reachable(settings.server.listen);
    let is_encrypted = settings.server.tls_certificate.is_some();
    match wait_for(async { timeout(PATIENCE, ask(address, is_encrypted)).await })? {
        Ok(Ok(())) => output::print_line("healthy")?,
        Ok(Err(reason)) => return Err(Complaint(format!("{address}: {reason}"))),
        Err(_) => return Err(Complaint(format!("{address}: no answer within {} seconds", PATIENCE.as_secs()))),
    }
    Ok(ExitCode::SUCCESS)
}

/// A listener on every address is asked on the loopback one.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let address = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(address, listen.port())
}

async fn ask(address: SocketAddr, is_encrypted: bool) -> Result<(), String> {
    let exchange = async {
        let mut socket = TcpStream::connect(address).await?;
        let question: &[u8] =
            if is_encrypted { &FAREWELL } else { b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n" };
        socket.write_all(question).await?;
        let mut answer = Vec::new();
        socket.take(4096).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = exchange.await.map_err(|error| error.to_string())?;
    let status = answer.get(9..12).filter(|_| answer.starts_with(b"HTTP/1."));
    match status {
        _ if is_encrypted => Ok(()),
        Some(b"200") => Ok(()),
        Some(status) => Err(format!("answers {}", String::from_utf8_lossy(status))),
        None => Err("answers something that is not HTTP".to_owned()),
    }
}
