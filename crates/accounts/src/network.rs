//! The larger network that a client's network lies in.

use std::net::Ipv6Addr;

/// How many times as much a /48 may do as one of the 65,536 /64 in it: whoever has a /48 is one customer, too, but not
/// the usual one.
pub(crate) const WIDER: i64 = 16;

/// The /48 of an IPv6 /64; `None` for an IPv4 address.
pub(crate) fn wider(network: &str) -> Option<String> {
    let [a, b, c, ..] = network.strip_suffix("/64")?.parse::<Ipv6Addr>().ok()?.segments();
    Some(format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_with_a_48_is_one() {
        assert_eq!(wider("2001:db8:1:2::/64").as_deref(), Some("2001:db8:1::/48"));
        assert_eq!(wider("2001:db8:1:2::/64"), wider("2001:db8:1:ffff::/64"));
        assert_ne!(wider("2001:db8:1:2::/64"), wider("2001:db8:2:2::/64"));
        for network in ["192.0.2.1", "192.0.2.0/64", "", "/64", "2001:db8::1"] {
            assert_eq!(wider(network), None, "{network}");
        }
    }
}
