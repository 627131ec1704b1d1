//! What of a head goes on to the next hop (RFC 9110, 7.6.1), and what is said of the one before.

use std::net::IpAddr;

use dragoman_wire::{AnswerHead, Headers, RequestHead};

/// Headers for one hop only, whether `Connection` names them or not.
const ONE_HOP: [&str; 7] =
    ["Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Upgrade"];
/// Headers that no `Connection` may take away: where a request ends, whom it is for, who sends it.
const KEPT: [&str; 10] = [
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Content-Type",
    "Authorization",
    "Cookie",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Real-IP",
];

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Asker {
    /// Whose socket it is.
    pub peer: Option<IpAddr>,
    /// Who is behind it, as far as proxies of the operator's tell.
    pub client: Option<IpAddr>,
    /// It is a proxy of the operator's, whose word about scheme and host is taken.
    pub is_proxy: bool,
    /// It came by HTTPS.
    pub is_secure: bool,
}

/// A request's head as it is passed.
#[derive(Debug, Clone)]
pub struct Passable {
    pub(crate) head: RequestHead,
    /// It asks for a web socket.
    pub(crate) is_upgrade: bool,
    /// Its client takes another answer on the same connection.
    pub(crate) is_kept_alive: bool,
}

impl Passable {
    /// Takes out what was for this hop, and adds whence it came. `is_last`: the client's connection ends with the answer.
    pub fn new(mut head: RequestHead, folder: &str, asker: Asker, is_last: bool) -> Self {
        let headers = &mut head.headers;
        let is_kept_alive = !is_last && !head.is_old && !headers.names("Connection", "close");
        let is_upgrade = head.method == "GET"
            && !head.is_old
            && headers.names("Connection", "upgrade")
            && headers.get("Upgrade").is_some_and(|protocol| protocol.eq_ignore_ascii_case(b"websocket"));
        let wants_trailers = headers.names("TE", "trailers");
        take_hop(headers);
        if is_upgrade {
            headers.push("Connection", *b"Upgrade");
            headers.push("Upgrade", *b"websocket");
        } else if wants_trailers {
            headers.push("Connection", *b"TE");
            headers.push("TE", *b"trailers");
        } else if head.is_old {
            headers.push("Connection", *b"close");
        }
        say_whence(headers, asker);
        head.target.insert_str(0, folder);
        Self { head, is_upgrade, is_kept_alive }
    }
}

/// The answer's head without what was for the hop behind us.
pub(crate) fn answer_for_client(head: &mut AnswerHead, is_last: bool) {
    let protocol = (head.status == 101).then(|| head.headers.get("Upgrade").map(<[u8]>::to_vec)).flatten();
    take_hop(&mut head.headers);
    head.is_old = false;
    if let Some(protocol) = protocol {
        head.headers.push("Connection", *b"Upgrade");
        head.headers.push("Upgrade", protocol);
    } else if is_last {
        head.headers.push("Connection", *b"close");
    }
}

fn take_hop(headers: &mut Headers) {
    let is_one_of = |names: &[&str], name: &str| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    let named: Vec<String> =
        headers.list("Connection").filter_map(|name| std::str::from_utf8(name).ok()).map(str::to_owned).collect();
    headers.retain(|header| {
        let is_named = named.iter().any(|name| header.is(name)) && !is_one_of(&KEPT, &header.name);
        !is_named && !is_one_of(&ONE_HOP, &header.name)
    });
}

fn say_whence(headers: &mut Headers, asker: Asker) {
    let written = |address: IpAddr| address.to_canonical().to_string().into_bytes();
    if let Some(client) = asker.client {
        headers.set("X-Real-IP", written(client));
    }
    if !asker.is_proxy {
        // Nobody vouches for it, and some old servers believe it.
        headers.retain(|header| !header.is("Forwarded"));
    }
    if let Some(peer) = asker.peer {
        let before: Vec<&[u8]> = headers.all("X-Forwarded-For").collect();
        let mut chain = before.join(&b", "[..]);
        if !chain.is_empty() {
            chain.extend_from_slice(b", ");
        }
        chain.extend_from_slice(&written(peer));
        headers.set("X-Forwarded-For", chain);
    }
    let host = headers.get("Host").map(<[u8]>::to_vec);
    let scheme: &[u8] = if asker.is_secure { b"https" } else { b"http" };
    for (name, value) in [("X-Forwarded-Proto", Some(scheme.to_vec())), ("X-Forwarded-Host", host)] {
        let is_told = asker.is_proxy && headers.get(name).is_some();
        if let Some(value) = value
            && !is_told
        {
            headers.set(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use dragoman_wire::{Reading, read_answer, read_request};

    use super::*;

    fn passed(lines: &str, is_proxy: bool) -> String {
        let text = format!("GET /a?b HTTP/1.1\r\nHost: x\r\n{lines}\r\n");
        let Reading::Head { head, .. } = read_request(text.as_bytes()) else { panic!("{text}") };
        let peer = Some("::ffff:192.0.2.7".parse().unwrap());
        let client = if is_proxy { Some("1.1.1.1".parse().unwrap()) } else { peer };
        let asker = Asker { peer, client, is_proxy, is_secure: true };
        let mut out = Vec::new();
        Passable::new(head, "/old", asker, false).head.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_for_one_hop_goes_no_further() {
        let lines = "connection: close, X-Mine, content-length, Cookie\r\nX-mine: 1\r\nContent-Length: 0\r\nKeep-Alive: 5\r\n\
                     Cookie: a\r\nTE: deflate\r\nUpgrade: h2c\r\nX-Forwarded-Proto: gopher\r\nX-Real-IP: 10.0.0.1\r\n\
                     x-real-ip: 10.0.0.2\r\nForwarded: for=10.0.0.3\r\n";
        assert_eq!(
            passed(lines, false),
            "GET /old/a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nCookie: a\r\nX-Forwarded-Proto: https\r\nX-Real-IP: 192.0.2.7\r\n\
             X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Host: x\r\n\r\n"
        );
    }

    #[test]
    fn whence_it_came_is_appended_and_a_proxy_is_believed() {
        let lines = "x-forwarded-for: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\nX-Forwarded-Proto: http\r\nTE: trailers\r\n\
             X-Real-IP: 9.9.9.9\r\nForwarded: for=1.1.1.1\r\n";
        let text = passed(lines, true);
        assert!(
            text.contains("\r\nx-forwarded-for: 1.1.1.1, 2.2.2.2, 192.0.2.7\r\nX-Forwarded-Proto: http\r\n"),
            "{text}"
        );
        assert!(text.contains("X-Real-IP: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\n"), "{text}");
        assert!(text.contains("Connection: TE\r\nTE: trailers\r\n"), "{text}");
    }

    #[test]
    fn web_sockets_and_nothing_else_are_upgrades() {
        let text = passed("Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n", false);
        assert!(text.contains("Connection: Upgrade\r\nUpgrade: websocket\r\n"), "{text}");
        assert!(!passed("Upgrade: h2c, websocket\r\nConnection: Upgrade\r\n", false).contains("Upgrade"));
        assert!(!passed("Upgrade: websocket\r\n", false).contains("Upgrade"));
    }

    #[test]
    fn an_answer_keeps_the_rest() {
        let text =
            b"HTTP/1.0 200 Fine\r\nconnection: keep-alive, x-hop\r\nX-Hop: 1\r\nset-Cookie: b\r\nKeep-Alive: t\r\n\r\n";
        let Reading::Head { mut head, .. } = read_answer(text, "GET") else { panic!("no head") };
        answer_for_client(&mut head, true);
        let mut out = Vec::new();
        head.write(&mut out);
        assert_eq!(out, b"HTTP/1.1 200 Fine\r\nset-Cookie: b\r\nConnection: close\r\n\r\n");
    }
}
