//! One log line a request: who answered, how, and how fast. Never a query, a body, a token.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actix_web::{HttpMessage, dev::ServiceResponse};
use dragoman_accounts::AccountNumber;
use dragoman_dialect::{TrustedProxies, client_address, client_behind, network_of};
use dragoman_passwords::random::Randomness;
use tracing::Level;

use crate::{config::LogSettings, mounting::DialectName, telemetry::TraceParent, wire::Unpassed};

/// By which the lines are known.
pub(crate) const TARGET: &str = "dragoman::request";
/// In the place of a route, of a request whose path is an old server's.
pub(crate) const PASSED: &str = "(passed)";

/// Writes the lines of one server. Cloned for each worker.
#[derive(Clone)]
pub(crate) struct RequestLog {
    switched_on: bool,
    networks: bool,
    // Ids count on from a random start: unique over replicas in practice, and cheaper than randomness each time.
    next_id: Arc<AtomicU64>,
}

/// A request that is being answered.
pub(crate) struct Begun {
    id: u64,
    at: Instant,
}

impl RequestLog {
    pub fn new(settings: &LogSettings, randomness: &dyn Randomness) -> Self {
        let start = u64::from_le_bytes(randomness.array());
        let LogSettings { requests: switched_on, networks, .. } = *settings;
        Self { switched_on, networks, next_id: Arc::new(AtomicU64::new(start)) }
    }

    /// `None` when nobody would see the line.
    pub fn begin(&self) -> Option<Begun> {
        (self.switched_on && tracing::enabled!(target: TARGET, Level::INFO))
            .then(|| Begun { id: self.next_id.fetch_add(1, Ordering::Relaxed), at: Instant::now() })
    }

    /// `account` is what the handler left in the request's extensions; `route` the pattern, never the path itself; `refusal`
    /// what the dialect called it: where every answer is HTTP 200, only that tells a failed login.
    pub fn end<B>(
        &self,
        begun: &Begun,
        response: &ServiceResponse<B>,
        route: Option<&str>,
        unpassed: Option<Unpassed>,
    ) {
        let request = response.request();
        let account = request.extensions().get::<AccountNumber>().map(|number| number.0);
        let refusal = match unpassed {
            Some(unpassed) => Some(unpassed.why.to_owned()),
            None => response.response().error().map(ToString::to_string),
        };
        let dialect = request.app_data::<DialectName>().map(|dialect| dialect.0);
        let network = self.networks.then(|| client_address(request)).flatten().map(network_of);
        tracing::info!(
            target: TARGET,
            request = format_args!("{:016x}", begun.id),
            dialect = dialect.or(unpassed.and_then(|unpassed| unpassed.dialect)),
            method = known(request.method().as_str()),
            route = if unpassed.is_some() { Some(PASSED) } else { route },
            status = response.status().as_u16(),
            refusal = refusal.as_deref(),
            network = network.as_deref(),
            account,
            trace = TraceParent::of(request.headers()).map(|parent| parent.trace),
            microseconds = begun.microseconds(),
        );
    }

    /// Whose request it is, for a line about one that no application sees.
    pub fn network_of<'a>(
        &self,
        peer: Option<IpAddr>,
        proxies: &TrustedProxies,
        forwarded: impl Iterator<Item = &'a [u8]>,
    ) -> Option<String> {
        let peer = peer.filter(|_| self.networks)?;
        Some(network_of(client_behind(peer, proxies, forwarded)))
    }

    /// A request that was passed to the old server: `status` is what the client has been told, if it has.
    pub fn end_passed(
        &self,
        begun: &Begun,
        dialect: &str,
        method: &str,
        status: Option<u16>,
        refusal: Option<&str>,
        network: Option<String>,
    ) {
        tracing::info!(
            target: TARGET,
            request = format_args!("{:016x}", begun.id),
            dialect,
            method = known(method),
            route = PASSED,
            status,
            refusal,
            network = network.as_deref(),
            microseconds = begun.microseconds(),
        );
    }
}

impl Begun {
    fn microseconds(&self) -> u64 {
        u64::try_from(self.at.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// A client may invent methods, of any length.
pub(crate) fn known(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}
