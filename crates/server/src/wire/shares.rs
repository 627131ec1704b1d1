//! Who holds how much of something there is only so much of, so that no network can hold it all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use dragoman_dialect::{TrustedProxies, network_of};

/// A thing that is shared among networks, over all workers.
pub struct Shares {
    what: &'static str,
    total: usize,
    /// The most that one network may hold.
    share: usize,
    excepted: TrustedProxies,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    sum: usize,
    networks: HashMap<String, Part>,
}

#[derive(Default)]
struct Part {
    count: usize,
    /// The operator has been told that this network asks for too much.
    is_told: bool,
}

/// What one holder holds; given back when it is dropped.
pub struct Holding {
    shares: Arc<Shares>,
    network: Option<String>,
    count: usize,
}

impl Shares {
    /// `what` there is `total` of, in percent of which a network's share is counted. Trusted proxies stand for many networks
    /// and have no share.
    pub fn new(what: &'static str, total: usize, percent: u8, excepted: TrustedProxies) -> Arc<Self> {
        let share = total.saturating_mul(usize::from(percent)) / 100;
        Arc::new(Self { what, total, share: share.max(1), excepted, held: Mutex::default() })
    }

    /// A holding of nothing so far.
    pub fn holding(self: &Arc<Self>, address: Option<IpAddr>) -> Holding {
        let address = address.map(|address| address.to_canonical());
        let network = address.filter(|address| !self.excepted.trust(*address)).map(network_of);
        Holding { shares: Arc::clone(self), network, count: 0 }
    }
}

impl Holding {
    /// Holds so much more; `false` when there is no more of it, for this network or at all.
    pub fn take(&mut self, count: usize) -> bool {
        let shares = &self.shares;
        let mut held = shares.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.sum.saturating_add(count) > shares.total {
            return false;
        }
        if let Some(network) = &self.network {
            let part = held.networks.entry(network.clone()).or_default();
            if part.count.saturating_add(count) > shares.share {
                if !std::mem::replace(&mut part.is_told, true) {
                    tracing::warn!(
                        network,
                        what = shares.what,
                        most = shares.share,
                        "a network asks for more than its share"
                    );
                }
                return false;
            }
            part.count += count;
        }
        held.sum += count;
        self.count += count;
        true
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        if self.count == 0 {
            return;
        }
        let mut held = self.shares.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.sum -= self.count;
        let Some(network) = &self.network else { return };
        let is_last = held.networks.get_mut(network).is_some_and(|part| {
            part.count -= self.count;
            part.count == 0
        });
        if is_last {
            held.networks.remove(network);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(total: usize) -> Arc<Shares> {
        Shares::new("things", total, 25, TrustedProxies::parse(["10.0.0.0/8"]).unwrap())
    }

    fn holding(shares: &Arc<Shares>, address: &str) -> Holding {
        shares.holding(Some(address.parse().unwrap()))
    }

    #[test]
    fn a_network_holds_its_share_and_no_more() {
        let shares = shares(8);
        let (mut first, mut second) = (holding(&shares, "192.0.2.1"), holding(&shares, "192.0.2.1"));
        assert!(first.take(1) && second.take(1) && !second.take(1));
        let mut neighbour = holding(&shares, "192.0.2.2");
        assert!(neighbour.take(2) && !neighbour.take(1));
        drop(first);
        assert!(second.take(1));
        // One customer has a whole /64.
        let (mut one, mut other) = (holding(&shares, "2001:db8::1"), holding(&shares, "2001:db8::2"));
        assert!(one.take(2) && !other.take(1));
    }

    #[test]
    fn all_together_hold_no_more_than_there_is_and_a_proxy_may_hold_it_all() {
        let shares = shares(8);
        let mut proxy = holding(&shares, "10.0.0.1");
        assert!(proxy.take(8) && !proxy.take(1));
        assert!(!holding(&shares, "192.0.2.1").take(1));
        drop(proxy);
        assert!(holding(&shares, "192.0.2.1").take(1));
        assert!(shares.held.lock().unwrap().networks.is_empty());
        assert_eq!(shares.held.lock().unwrap().sum, 0);
    }
}
