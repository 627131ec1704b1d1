//! Where a request came from, and the network that is throttled for it.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, web};
use ipnet::{IpNet, Ipv4Net};

/// Networks whose `X-Forwarded-For` is believed. The server puts one as `web::Data` into every app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
}

impl TrustedProxies {
    /// Reads networks (`10.0.0.0/8`, `fd00::/8`) and single addresses (`::1`).
    ///
    /// # Errors
    /// A sentence for the operator naming the entry that is neither.
    pub fn parse<S: AsRef<str>>(entries: impl IntoIterator<Item = S>) -> Result<Self, String> {
        let network = |entry: S| {
            let entry = entry.as_ref();
            let network = entry.trim().parse::<IpNet>().or_else(|_| entry.trim().parse::<IpAddr>().map(IpNet::from));
            network
                .map(canonical)
                .map_err(|_| format!("`{entry}` is neither an IP address nor a network like 10.0.0.0/8"))
        };
        Ok(Self { networks: entries.into_iter().map(network).collect::<Result<_, _>>()? })
    }

    /// Whether an address is one of them.
    pub fn trust(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// Peers are compared in their canonical form, so an IPv4 network in IPv6 clothes (`::ffff:10.0.0.0/104`) is undressed too.
fn canonical(network: IpNet) -> IpNet {
    const MAPPED: u8 = 96;
    match network {
        IpNet::V6(mapped) => match (mapped.addr().to_ipv4_mapped(), mapped.prefix_len().checked_sub(MAPPED)) {
            (Some(address), Some(length)) => Ipv4Net::new(address, length).map_or(network, IpNet::V4),
            _ => network,
        },
        IpNet::V4(_) => network,
    }
}

/// The address of the client: of the peer, or, if the peer is a trusted proxy, the right-most address in
/// `X-Forwarded-For` that is not one. What stands left of it anybody could have written. `None` without a socket.
pub fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let address = request.peer_addr()?.ip().to_canonical();
    let Some(proxies) = request.app_data::<web::Data<TrustedProxies>>() else {
        return Some(address);
    };
    Some(client_behind(address, proxies, request.headers().get_all("x-forwarded-for").map(HeaderValue::as_bytes)))
}

/// The same for a request that no application has seen: `forwarded` are the values of its `X-Forwarded-For`, in their order.
pub fn client_behind<'a>(peer: IpAddr, proxies: &TrustedProxies, forwarded: impl Iterator<Item = &'a [u8]>) -> IpAddr {
    let mut address = peer.to_canonical();
    // Most peers are strangers, and what they say is not even read.
    if !proxies.trust(address) {
        return address;
    }
    for entry in entries(forwarded).into_iter().rev() {
        if !proxies.trust(address) {
            break;
        }
        // A proxy that wrote rubbish is the last one known.
        let Some(next) = entry.and_then(forwarded_address) else {
            break;
        };
        address = next.to_canonical();
    }
    address
}

/// The entries of all lines in order; `None` for one that is not text.
fn entries<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<Option<&'a str>> {
    lines
        .flat_map(|value| value.split(|byte| *byte == b','))
        .map(|entry| std::str::from_utf8(entry).ok().map(str::trim))
        .collect()
}

/// An address, also with a port behind it, as some proxies write it.
fn forwarded_address(entry: &str) -> Option<IpAddr> {
    let bare = || entry.parse::<IpAddr>().ok();
    let with_port = || entry.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip());
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    bare().or_else(with_port).or_else(bracketed)
}

/// The network an address is throttled with: an IPv4 address itself, of IPv6 its /64, which one customer has whole.
pub fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let proxies = TrustedProxies::parse(["10.0.0.0/8", "::1", "fd00::/8"]).unwrap();
        let mut request = TestRequest::default()
            .peer_addr(std::net::SocketAddr::new(peer.parse().unwrap(), 1))
            .app_data(web::Data::new(proxies));
        for value in forwarded {
            request = request.append_header(("x-forwarded-for", *value));
        }
        client_address(&request.to_http_request()).unwrap().to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn the_right_most_untrusted_entry_counts() {
        assert_eq!(seen("10.1.2.3", &["203.0.113.9, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.1.2.3", &["1.1.1.1, 198.51.100.7, 10.9.9.9"]), "198.51.100.7");
        assert_eq!(seen("::1", &["1.1.1.1", "2001:db8::5, fd00::2"]), "2001:db8::5");
        assert_eq!(seen("::ffff:10.0.0.1", &["::ffff:198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.1.2.3", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(seen("10.1.2.3", &["[2001:db8::5]:4711"]), "2001:db8::5");
    }

    #[test]
    fn nothing_and_rubbish_leave_the_nearest_known_hop() {
        assert_eq!(seen("10.1.2.3", &[]), "10.1.2.3");
        assert_eq!(seen("10.1.2.3", &["198.51.100.7, unknown"]), "10.1.2.3");
        assert_eq!(seen("10.1.2.3", &["198.51.100.7, unknown, 10.0.0.9"]), "10.0.0.9");
        assert_eq!(seen("10.1.2.3", &["10.0.0.8, 10.0.0.9"]), "10.0.0.8");
    }

    #[test]
    fn a_mapped_network_is_the_one_it_maps() {
        for (entry, peer, trusted) in [
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("::ffff:10.0.0.0/104", "10.9.9.9", true),
            ("::ffff:10.0.0.0/104", "::ffff:10.9.9.9", true),
            ("::ffff:0:0/96", "192.0.2.1", true),
            (" 10.0.0.0/8 ", "10.9.9.9", true),
            ("::ffff:10.0.0.0/104", "11.0.0.1", false),
            ("::/0", "192.0.2.1", false),
        ] {
            assert_eq!(
                TrustedProxies::parse([entry]).unwrap().trust(peer.parse::<IpAddr>().unwrap().to_canonical()),
                trusted,
                "{entry} {peer}"
            );
        }
    }

    #[test]
    fn networks_are_named_in_the_complaint() {
        assert!(TrustedProxies::parse(["10.0.0.0/8", "proxy.example"]).unwrap_err().contains("proxy.example"));
        assert!(TrustedProxies::parse(["10.0.0.0/33"]).is_err());
    }

    #[test]
    fn an_ipv6_customer_is_one_network() {
        let network = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2::9"), network("2001:db8:1:2:ffff::"));
    }
}
