//! `[server]`: where to listen and how patient to be.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use dragoman_dialect::TrustedProxies;
use serde::{Deserialize, Serialize};

use super::{
    bounds::{DAY, HOUR, QUEUE, THREADS},
    reading::Faults,
};

/// `[server]`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServerSettings {
    /// Address and port; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Threads that answer requests.
    pub workers: usize,
    /// Addresses and networks (`10.0.0.0/8`) whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
    /// How long running requests may take to finish at shutdown.
    pub shutdown_seconds: u64,
    /// How long `/readyz` says 503 before the listener closes, so that a load balancer can look away.
    pub drain_seconds: u64,
    /// PEM file with the certificate chain; HTTPS when given.
    pub tls_certificate: Option<PathBuf>,
    /// PEM file with its private key.
    pub tls_key: Option<PathBuf>,
    /// How long an idle connection is kept.
    pub keep_alive_seconds: u64,
    /// How long a client may take to send a request's head.
    pub request_head_seconds: u64,
    /// How long a client may take nothing of an answer that is being sent to it.
    pub write_stall_seconds: u64,
    /// How long a client may take to read the end of a closed connection.
    pub disconnect_seconds: u64,
    /// Connections open at once, over all workers.
    pub max_connections: usize,
    /// How many of a hundred connections, and of a hundred bytes of bodies in flight, one client network may hold.
    pub network_share_percent: u8,
    /// How much of requests' bodies may wait in memory, over all requests.
    pub bodies_in_flight_mib: usize,
}

/// Certificate chain and key of the HTTPS listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM certificate chain.
    pub certificate: PathBuf,
    /// PEM private key.
    pub key: PathBuf,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            workers: cores(),
            trusted_proxies: Vec::new(),
            shutdown_seconds: 30,
            drain_seconds: 0,
            tls_certificate: None,
            tls_key: None,
            keep_alive_seconds: 5,
            request_head_seconds: 10,
            write_stall_seconds: 30,
            disconnect_seconds: 2,
            max_connections: 10_000,
            network_share_percent: 25,
            bodies_in_flight_mib: 256,
        }
    }
}

impl ServerSettings {
    /// The HTTPS files, when both are given.
    pub fn tls(&self) -> Option<TlsFiles> {
        Some(TlsFiles { certificate: self.tls_certificate.clone()?, key: self.tls_key.clone()? })
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        faults.bound("workers", self.workers, 1..=THREADS);
        faults.bound("max_connections", self.max_connections, 1..=QUEUE);
        faults.bound("bodies_in_flight_mib", self.bodies_in_flight_mib, 1..=1 << 20);
        faults.bound("network_share_percent", self.network_share_percent, 1..=100);
        faults.bound("write_stall_seconds", self.write_stall_seconds, 1..=HOUR);
        faults.bound("request_head_seconds", self.request_head_seconds, 1..=HOUR);
        faults.bound("shutdown_seconds", self.shutdown_seconds, 0..=DAY);
        faults.bound("drain_seconds", self.drain_seconds, 0..=DAY);
        faults.bound("keep_alive_seconds", self.keep_alive_seconds, 0..=DAY);
        faults.bound("disconnect_seconds", self.disconnect_seconds, 0..=HOUR);
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            faults.add("tls_certificate", "and `tls_key` must be given together");
        }
        if let Err(reason) = TrustedProxies::parse(&self.trusted_proxies) {
            faults.add("trusted_proxies", &format!("cannot be used: {reason}"));
        }
    }
}

/// Processor cores this process may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
