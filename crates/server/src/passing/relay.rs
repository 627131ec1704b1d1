//! One request of HTTP/1 that is passed, from its head to the end of its answer.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Instant;

use actix_web::web::Data;
use bytes::BytesMut;
use dragoman_console::{Class, Meter};
use dragoman_dialect::{Declined, TrustedProxies, client_behind};
use dragoman_upstream::{Asker, Client, NotPassed, Passable, Passed, Passing, RequestHead, Tunnel, Unavailable};
use dragoman_wire::{Reading, read_request};

use super::{paths::PassedPaths, swap::Swapping};
use crate::{
    mounting::Mount,
    operator::Readiness,
    request_log::{Begun, PASSED, RequestLog},
    telemetry::{Telemetry, TraceParent, Traced},
    wire::{Handed, Limits, Next, Passes, Socket, Unpassed, Wire},
};

/// What passes a worker's requests.
#[derive(Clone)]
pub(crate) struct Relay {
    pub paths: PassedPaths,
    pub requests: RequestLog,
    pub proxies: Rc<TrustedProxies>,
    pub limits: Limits,
    pub is_secure: bool,
    pub readiness: Data<Readiness>,
    pub meter: Meter,
    /// None when no collector takes traces.
    pub telemetry: Option<Telemetry>,
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
    Refused(Handed<Socket>, Unpassed),
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
                Relayed::Refused(handed, unpassed) => return Some(Wire::refusing(handed, self.limits, unpassed)),
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
        let Handed { mut socket, mut buffer } = handed;
        let Reading::Head { mut head, length, body } = read_request(&buffer) else {
            let unpassed = Unpassed { dialect: None, reason: Declined::Malformed, why: "malformed" };
            return Relayed::Refused(Handed { socket, buffer }, unpassed);
        };
        let host = head.headers.get("Host").and_then(|host| std::str::from_utf8(host).ok()).map(str::to_owned);
        let target = head.target.clone();
        let Some(found) = self.paths.find(&target, host.as_deref()) else { return Relayed::Broken };
        let Some(upstream) = &found.mount.passes_to else { return Relayed::Broken };
        let line = self.begin(found.mount, &mut head, peer);
        let original = buffer.split_to(length);
        found.target.clone_into(&mut head.target);
        let swap = found.mount.dialect.token_swap();
        let mut swapping = Swapping::new(swap.as_deref());
        let swapped = swapping.run(&mut head, body, &mut socket, &mut buffer, self.limits.stall).await;
        let Some((content, body)) = swapped else { return Relayed::Broken };
        let asker = self.asker(peer, &head);
        let request = Passable::new(head, upstream.folder(), asker, self.is_last());
        let mut client = Client { stream: socket, buffer, stall: self.limits.stall };
        let passing = Passing { request, content, body, edit: &mut swapping };
        let outcome = upstream.pass(passing, &mut client).await;
        let dialect = found.mount.name;
        self.end(line, &outcome);
        relayed(outcome, client, original, dialect)
    }

    fn asker(&self, peer: Option<IpAddr>, head: &RequestHead) -> Asker {
        let client = peer.map(|peer| client_behind(peer, &self.proxies, head.headers.all("X-Forwarded-For")));
        let is_proxy = peer.is_some_and(|peer| self.proxies.trust(peer.to_canonical()));
        Asker { peer, client, is_proxy, is_secure: self.is_secure }
    }

    /// Whether the connection ends with the next answer whatever its client says.
    fn is_last(&self) -> bool {
        self.limits.idle.is_zero() || self.readiness.is_draining()
    }

    fn begin<'a>(&self, mount: &'a Mount, head: &mut RequestHead, peer: Option<IpAddr>) -> Line<'a> {
        let forwarded = head.headers.all("X-Forwarded-For");
        let network = self.requests.network_of(peer, &self.proxies, forwarded);
        let traced = self.trace(head);
        Line { mount, begun: self.requests.begin(), at: Instant::now(), method: head.method.clone(), network, traced }
    }

    /// Begins a span. Of the caller's trace the old server is told that it is asked by this span; who named none is passed as it came.
    fn trace(&self, head: &mut RequestHead) -> Option<Traced> {
        let parent = head.headers.get("traceparent").and_then(TraceParent::read);
        let (has_parent, traced) = (parent.is_some(), self.telemetry.as_ref()?.begin(parent)?);
        if has_parent {
            head.headers.iter_mut().filter(|header| header.is("traceparent")).for_each(|header| {
                header.value = traced.for_the_next().into();
            });
        }
        Some(traced)
    }

    /// Counts and logs it. Where the dialect says something in its place, the application does.
    fn end(&self, line: Line<'_>, outcome: &Result<Passed, NotPassed>) {
        let Line { mount, begun, at, method, network, traced } = line;
        let (status, refusal) = match outcome {
            Ok(Passed { status, .. }) => (Some(*status), None),
            Err(NotPassed::Broken { status }) => (*status, Some("broken off")),
            Err(NotPassed::Unavailable(_) | NotPassed::Malformed) => return,
        };
        if let Some(status) = status {
            self.meter.count(mount.metrics_name(), Some(PASSED), Class::of(status), at.elapsed());
        }
        if let Some((telemetry, traced)) = self.telemetry.as_ref().zip(traced) {
            telemetry.end_passed(traced, mount, &method, status, refusal);
        }
        if let Some(begun) = begun {
            self.requests.end_passed(&begun, mount.name, &method, status, refusal, network);
        }
    }
}

/// What is told of a request when it is over.
struct Line<'a> {
    mount: &'a Mount,
    begun: Option<Begun>,
    at: Instant,
    method: String,
    network: Option<String>,
    traced: Option<Traced>,
}

fn relayed(
    outcome: Result<Passed, NotPassed>,
    client: Client<Socket>,
    original: BytesMut,
    dialect: &'static str,
) -> Relayed {
    let refused = |client: Client<Socket>, reason, why| {
        let handed = Handed { socket: client.stream, buffer: original };
        Relayed::Refused(handed, Unpassed { dialect: Some(dialect), reason, why })
    };
    match outcome {
        Ok(Passed { tunnel: Some(tunnel), .. }) => Relayed::Switched(tunnel, client),
        Ok(Passed { goes_on, .. }) => {
            let Client { stream: socket, buffer, .. } = client;
            let handed = Handed { socket, buffer };
            if goes_on { Relayed::GoesOn(handed) } else { Relayed::Last(handed) }
        }
        Err(NotPassed::Malformed) => refused(client, Declined::Malformed, "malformed"),
        Err(NotPassed::Unavailable(unavailable)) => refused(client, Declined::OldServerAway, name(&unavailable)),
        Err(NotPassed::Broken { .. }) => Relayed::Broken,
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
