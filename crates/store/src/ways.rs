//! The hosts of a database, tried in turn, each of their addresses with its share of the time.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::lookup_host;
use tokio::time::timeout;

use super::limits::CONNECT_LIMIT;
use super::standing::Standing;

/// What leads to one host.
#[derive(Debug, Clone)]
pub(super) enum Host {
    /// A name whose addresses are looked up at each attempt, with its port.
    Name(String, u16),
    /// An address, or a socket file: nothing to look up.
    Fixed(Option<IpAddr>),
}

/// One way to the database.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// The host, by its place in the URL.
    pub host: usize,
    /// Its address, unless it is a socket file.
    pub address: Option<IpAddr>,
}

/// All ways to the database, and the host that answered last: every thread goes there first, so that a whole replica works on one
/// node and finds what it wrote, and moves to another one together.
pub(super) struct Ways {
    hosts: Vec<Host>,
    pub(super) standing: Arc<Standing>,
}

impl Ways {
    pub(super) fn new(hosts: Vec<Host>) -> Self {
        Self { hosts, standing: Arc::default() }
    }

    pub(super) fn are_many(&self) -> bool {
        self.hosts.len() > 1
    }

    /// The first connection that any host gives, within [`CONNECT_LIMIT`], and which host that was.
    pub(super) async fn connect<T>(
        &self,
        attempt: impl AsyncFn(Way) -> Result<T, String>,
    ) -> Result<(usize, T), String> {
        let limit = Instant::now() + CONNECT_LIMIT;
        let first = self.standing.preferred();
        let mut causes = Vec::new();
        for (tried, host) in self.in_turn(first).enumerate() {
            let share = share_of(limit, self.hosts.len() - tried);
            match timeout(share, self.connect_to(host, share, &attempt)).await.unwrap_or_else(|_| Err(silent())) {
                Ok(connection) => {
                    self.standing.prefer(host);
                    return Ok((host, connection));
                }
                Err(cause) => causes.push(cause),
            }
        }
        Err(causes.join("; "))
    }

    /// The preferred host, then the others, begun elsewhere by each process: what a lost node served is spread over the rest.
    fn in_turn(&self, first: usize) -> impl Iterator<Item = usize> + use<> {
        let hosts = self.hosts.len();
        let others = hosts.saturating_sub(1).max(1);
        let begun = usize::try_from(std::process::id()).unwrap_or(0) % others;
        let rest = (0..hosts.saturating_sub(1)).map(move |place| (first + 1 + (begun + place) % others) % hosts);
        std::iter::once(first).chain(rest)
    }

    async fn connect_to<T>(
        &self,
        host: usize,
        share: Duration,
        attempt: &impl AsyncFn(Way) -> Result<T, String>,
    ) -> Result<T, String> {
        let limit = Instant::now() + share;
        let addresses = self.addresses(host).await?;
        let mut cause = "the host has no address".to_owned();
        for (tried, &address) in addresses.iter().enumerate() {
            let share = share_of(limit, addresses.len() - tried);
            match timeout(share, attempt(Way { host, address })).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(told)) => cause = told,
                Err(_) => cause = silent(),
            }
        }
        Err(cause)
    }

    async fn addresses(&self, host: usize) -> Result<Vec<Option<IpAddr>>, String> {
        match self.hosts.get(host) {
            None => Ok(Vec::new()),
            Some(Host::Fixed(address)) => Ok(vec![*address]),
            Some(Host::Name(name, port)) => match lookup_host((name.as_str(), *port)).await {
                Ok(found) => Ok(found.map(|address| Some(address.ip())).collect()),
                Err(error) => Err(format!("cannot find {name}: {error}")),
            },
        }
    }
}

/// An equal part of what is left of the time.
fn share_of(limit: Instant, parts: usize) -> Duration {
    let left = limit.saturating_duration_since(Instant::now());
    left / u32::try_from(parts.max(1)).unwrap_or(u32::MAX)
}

fn silent() -> String {
    "no answer in time".to_owned()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn fixed(last: u8) -> Host {
        Host::Fixed(Some(Ipv4Addr::new(127, 0, 0, last).into()))
    }

    #[tokio::test]
    async fn a_silent_host_costs_its_share_and_is_not_asked_first_again() {
        let ways = Ways::new(vec![fixed(1), fixed(2), fixed(3)]);
        let answers = async |way: Way| match way.host {
            2 => Ok(way.host),
            0 => std::future::pending().await,
            _ => Err("refused".to_owned()),
        };
        let began = Instant::now();
        assert_eq!(ways.connect(answers).await, Ok((2, 2)));
        let took = began.elapsed();
        assert!(took > CONNECT_LIMIT / 4 && took < CONNECT_LIMIT / 2, "{took:?}");
        let began = Instant::now();
        assert_eq!(ways.connect(answers).await, Ok((2, 2)));
        assert!(began.elapsed() < Duration::from_millis(100));
    }

    #[test]
    fn every_host_has_its_turn_once() {
        for hosts in 1..5 {
            let ways = Ways::new((0..hosts).map(|_| fixed(1)).collect());
            for first in 0..ways.hosts.len() {
                let turns: Vec<_> = ways.in_turn(first).collect();
                assert_eq!(turns.first(), Some(&first));
                let mut sorted = turns.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, (0..ways.hosts.len()).collect::<Vec<_>>(), "{turns:?}");
            }
        }
    }

    #[tokio::test]
    async fn when_none_answers_every_cause_is_told_in_time() {
        let ways = Ways::new(vec![fixed(1), fixed(2)]);
        let began = Instant::now();
        let refused: Result<(usize, ()), String> = ways
            .connect(
                async |way: Way| if way.host == 0 { std::future::pending().await } else { Err("refused".to_owned()) },
            )
            .await;
        assert_eq!(refused, Err("no answer in time; refused".to_owned()));
        assert!(began.elapsed() <= CONNECT_LIMIT);
    }

    #[tokio::test]
    async fn a_name_is_looked_up_and_all_its_addresses_are_tried() {
        let ways = Ways::new(vec![Host::Name("localhost".to_owned(), 1)]);
        let reached: Result<(usize, IpAddr), String> =
            ways.connect(async |way: Way| way.address.ok_or("none".to_owned())).await;
        assert!(reached.is_ok_and(|(_, address)| address.is_loopback()));
        let ways = Ways::new(vec![Host::Name("no.such.host.invalid".to_owned(), 1)]);
        let refused: Result<(usize, ()), String> = ways.connect(async |_: Way| Ok(())).await;
        assert!(refused.is_err_and(|cause| cause.starts_with("cannot find no.such.host.invalid")));
    }
}
