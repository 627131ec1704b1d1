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

use crate::{config::LogSettings, mounting::DialectName};

const TARGET: &str = "dragoman::request";

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
    pub fn end<B>(&self, begun: &Begun, response: &ServiceResponse<B>, route: Option<&str>) {
        let request = response.request();
        let account = request.extensions().get::<AccountNumber>().map(|number| number.0);
        let refusal = response.response().error().map(ToString::to_string);
        let network = self.networks.then(|| client_address(request)).flatten().map(network_of);
        tracing::info!(
            target: TARGET,
            request = format_args!("{:016x}", begun.id),
            dialect = request.app_data::<DialectName>().map(|dialect| dialect.0),
            method = known(request.method().as_str()),
            route,
            status = response.status().as_u16(),
            refusal = refusal.as_deref(),
            network = network.as_deref(),
            account,
            trace = request.headers().get("traceparent").and_then(|value| trace_of(value.as_bytes())),
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
            route = "(passed)",
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
fn known(method: &str) -> &str {
    match method {
        name @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "PATCH") => name,
        _ => "other",
    }
}

/// The trace that a caller says this request belongs to (W3C Trace Context, version 00): whoever follows a request through
/// several servers finds its line by this. What is of any other form is none: a client must not write into the log.
fn trace_of(parent: &[u8]) -> Option<&str> {
    let (version, rest) = std::str::from_utf8(parent).ok()?.split_at_checked(3)?;
    let (trace, rest) = rest.split_at_checked(32)?;
    let (span, flags) = rest.strip_prefix('-')?.split_at_checked(16)?;
    let is_id = |text: &str| {
        text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) && text.bytes().any(|byte| byte != b'0')
    };
    let is_whole = version == "00-" && flags.len() == 3 && flags.starts_with('-');
    (is_whole && is_id(trace) && is_id(span)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trace_of_the_right_form_is_told() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_of(format!("00-{trace}-00f067aa0ba902b7-01").as_bytes()), Some(trace));
        for wrong in [
            String::new(),
            "00-".to_owned(),
            format!("00-{trace}-00f067aa0ba902b7"),
            format!("01-{trace}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{trace}-0000000000000000-01"),
            format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
            format!("00-{trace}-00f067aa0ba902b7-01-x"),
            format!("00-{}\n-00f067aa0ba902b7-01", &trace[1..]),
        ] {
            assert_eq!(trace_of(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(trace_of(&[0xff; 60]), None);
    }
}
