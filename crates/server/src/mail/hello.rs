//! How the gateway introduces itself to a mail server (RFC 5321, 4.1.4): many refuse a bare host name, which is all a
//! container has.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use lettre::transport::smtp::extension::ClientId;

/// A configured introduction: a qualified name, or an address with or without its brackets.
pub(crate) fn hello(text: &str) -> Option<ClientId> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    match bare.strip_prefix("IPv6:").unwrap_or(bare).parse() {
        Ok(address) => Some(literal(address)),
        Err(_) => is_qualified(text).then(|| ClientId::Domain(text.to_owned())),
    }
}

/// That of a machine nobody named: its own name if that is qualified, else the address it reaches the mail server from.
pub(super) fn hello_to(server: SocketAddr) -> ClientId {
    match ClientId::default() {
        ClientId::Domain(name) if is_qualified(&name) => ClientId::Domain(name),
        _ => literal(own_address(server).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))),
    }
}

fn literal(address: IpAddr) -> ClientId {
    match address {
        IpAddr::V4(address) => ClientId::Ipv4(address),
        IpAddr::V6(address) => ClientId::Ipv6(address),
    }
}

/// Connecting a datagram socket sends nothing: it only asks which way the packets would take.
fn own_address(server: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(server).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Two labels at least, of letters, digits and hyphens; not the name that every fresh installation has.
fn is_qualified(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let has_letter = name.rsplit('.').next().is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()));
    name.len() <= 253
        && name.contains('.')
        && has_letter
        && name.split('.').all(is_label)
        && !name.eq_ignore_ascii_case("localhost.localdomain")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qualified_name_or_an_address() {
        for (text, told) in [
            ("gateway.example.org", "gateway.example.org"),
            ("192.0.2.1", "[192.0.2.1]"),
            ("[192.0.2.1]", "[192.0.2.1]"),
            ("2001:db8::1", "[IPv6:2001:db8::1]"),
            ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
        ] {
            assert_eq!(hello(text).map(|hello| hello.to_string()).as_deref(), Some(told), "{text}");
        }
        for wrong in
            ["", "gateway", "a b.example", "-a.example", "a..example", ".example", "a.example.", "1.2.3", "a_b.example"]
        {
            assert_eq!(hello(wrong), None, "{wrong}");
        }
        assert!(!is_qualified("localhost.localdomain"));
    }

    #[test]
    fn an_unnamed_machine_shows_the_address_it_speaks_from() {
        assert_eq!(own_address(SocketAddr::from(([127, 0, 0, 1], 25))), Some(Ipv4Addr::LOCALHOST.into()));
    }
}
