//! One request of HTTP/1 that is passed, from its head to the end of its answer.

use std::net::IpAddr;
use std::rc::Rc;

use dragoman_dialect::{Declined, TrustedProxies};
use dragoman_upstream::{AnswerHead, Asker, Client, NotPassed, Passable, Passed, Passing, Tunnel, Unavailable};
use dragoman_wire::{Reading, read_request};

use super::paths::PassedPaths;
use crate::{
    request_log::RequestLog,
    wire::{Handed, Limits, Next, Passes, Socket, Wire},
};

/// What passes a worker's requests.
#[derive(Clone)]
pub(crate) struct Relay {
    pub paths: PassedPaths,
    pub requests: RequestLog,
    pub proxies: Rc<TrustedProxies>,
    pub limits: Limits,
    pub is_secure: bool,
}

/// What is to become of the client's connection.
enum Relayed {
    /// Another request may follow.
    GoesOn(Handed<Socket>),
    /// The client is told nothing more, but may be sending still.
    Last(Handed<Socket>),
    /// It is a web socket now.
    Switched(Tunnel, Client<Socket>),
    /// The dialect is to say why there is no answer; the head it is about.
    Refused(Handed<Socket>, Declined),
    /// It breaks off.
    Broken,
}

impl Relay {
    /// Passes one request after another, until one comes that is answered here: then the wire it comes on. `None`: the connection
    /// is over.
    pub async fn run(
        &self,
        mut handed: Handed<Socket>,
        peer: Option<IpAddr>,
        passes: Option<Rc<Passes>>,
        shutdown: impl Future<Output = ()>,
    ) -> Option<Wire<Socket>> {
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let mut wire = match self.pass(handed, peer).await {
                Relayed::GoesOn(handed) => Wire::resume(handed, self.limits, passes.clone()),
                Relayed::Last(handed) => {
                    Wire::resume(handed, self.limits, None).end().await;
                    return None;
                }
                Relayed::Switched(tunnel, mut client) => {
                    tokio::select! {
                        () = tunnel.run(&mut client) => {}
                        () = &mut shutdown => {}
                    }
                    return None;
                }
                Relayed::Refused(handed, reason) => return Some(Wire::refusing(handed, self.limits, reason)),
                Relayed::Broken => return None,
            };
            let handover = wire.handover();
            let next = tokio::select! {
                next = wire.next() => next,
                () = &mut shutdown => Next::Ended,
            };
            handed = match next {
                Next::Served => return Some(wire),
                Next::Passed => handover.take()?,
                Next::Ended => return None,
            };
        }
    }

    /// Passes the request that stands at the front of the buffer.
    async fn pass(&self, handed: Handed<Socket>, peer: Option<IpAddr>) -> Relayed {
        let Handed { socket, mut buffer } = handed;
        let Reading::Head { head, length, body } = read_request(&buffer) else {
            return Relayed::Refused(Handed { socket, buffer }, Declined::Malformed);
        };
        let host = head.headers.get("Host").and_then(|host| std::str::from_utf8(host).ok()).map(str::to_owned);
        let target = head.target.clone();
        let Some(found) = self.paths.find(&target, host.as_deref()) else { return Relayed::Broken };
        let Some(upstream) = &found.mount.passes_to else { return Relayed::Broken };
        let begun = self.requests.begin();
        let network = self.requests.network_of(peer, &self.proxies, head.headers.all("X-Forwarded-For"));
        let method = head.method.clone();
        let original = buffer.split_to(length);
        let asker = Asker {
            peer,
            is_proxy: peer.is_some_and(|peer| self.proxies.trust(peer.to_canonical())),
            is_secure: self.is_secure,
        };
        let mut head = head;
        head.target = found.target.to_owned();
        let request = Passable::new(head, upstream.folder(), asker);
        let mut client = Client { stream: socket, buffer, stall: self.limits.stall };
        let mut edit = |_: &mut AnswerHead| ();
        let passing = Passing { request, content: Vec::new(), body, edit: &mut edit };
        let outcome = upstream.pass(passing, &mut client).await;
        if let Some(begun) = begun {
            let (status, refusal) = told(&outcome);
            self.requests.end_passed(&begun, found.mount.name, &method, status, refusal, network);
        }
        let Client { stream: socket, buffer, stall } = client;
        match outcome {
            Ok(Passed { tunnel: Some(tunnel), .. }) => {
                Relayed::Switched(tunnel, Client { stream: socket, buffer, stall })
            }
            Ok(Passed { goes_on: true, .. }) => Relayed::GoesOn(Handed { socket, buffer }),
            Ok(Passed { .. }) => Relayed::Last(Handed { socket, buffer }),
            Err(NotPassed::Malformed) => Relayed::Refused(Handed { socket, buffer: original }, Declined::Malformed),
            Err(NotPassed::Unavailable(_)) => {
                Relayed::Refused(Handed { socket, buffer: original }, Declined::OldServerAway)
            }
            Err(NotPassed::Broken { .. }) => Relayed::Broken,
        }
    }
}

/// The status that the client has been told, or will be, and what went wrong.
fn told(outcome: &Result<Passed, NotPassed>) -> (Option<u16>, Option<&'static str>) {
    match outcome {
        Ok(Passed { status, .. }) => (Some(*status), None),
        Err(NotPassed::Unavailable(unavailable)) => (None, Some(name(unavailable))),
        Err(NotPassed::Malformed) => (None, Some("malformed")),
        Err(NotPassed::Broken { status }) => (*status, Some("broken off")),
    }
}

fn name(unavailable: &Unavailable) -> &'static str {
    match unavailable {
        Unavailable::Away(_) => "old server away",
        Unavailable::Slow => "old server slow",
        Unavailable::Nonsense { .. } => "old server answers nonsense",
        Unavailable::Busy => "too many passed at once",
        Unavailable::Resting => "old server left alone",
    }
}
