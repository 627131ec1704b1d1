//! The listener: where it listens, and what a connection goes through before the app answers its requests.

use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, map_config};
use actix_web::{
    Error,
    dev::{AppConfig, Server, Service, fn_factory, fn_service},
    web::Data,
};
use futures_util::future::{Either, LocalBoxFuture};
use tokio::net::TcpStream;

use super::{
    StartError,
    app::{Parts, app},
    file_limit,
    tls::{self, Certificate},
};
use crate::{
    config::ServerSettings,
    operator::Readiness,
    passing::{PassedPaths, Relay, stream},
    wire::{
        Acceptor, Limits, Passes, Shares, Socket, Wire,
        http2::{self, Asked},
    },
};

/// How much later than the wire the HTTP library loses patience: it never should.
const BACKSTOP: Duration = Duration::from_secs(5);

/// Binds the listener and makes the server; nothing is accepted until it is polled.
pub(super) fn bind(
    settings: &ServerSettings,
    certificate: Option<Arc<Certificate>>,
    parts: Parts,
) -> Result<(Server, Vec<SocketAddr>), StartError> {
    let unusable = |source| StartError::Listen { address: settings.listen, source };
    let listener = TcpListener::bind(settings.listen).map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    let tls = certificate.map(tls::server_config).transpose().map_err(StartError::Certificate)?;
    let limits = limits(settings);
    let most = file_limit::connections(settings.max_connections);
    let proxies = parts.trusted_proxies.as_ref().clone();
    let builder = Server::build()
        .workers(settings.workers)
        .max_concurrent_connections(most.div_ceil(settings.workers.max(1)))
        .shutdown_timeout(settings.shutdown_seconds)
        .disable_signals();
    let shutdown = builder.graceful_shutdown_signal();
    let front = Front {
        parts,
        limits,
        acceptor: Acceptor::new(tls, limits.head),
        address,
        keeps_alive: settings.keep_alive_seconds > 0,
        places: Shares::new("connections", most, settings.network_share_percent, proxies),
    };
    let worker = move || {
        let (front, shutdown) = (front.clone(), shutdown.clone());
        fn_factory(move || {
            let (front, shutdown) = (front.clone(), shutdown.clone());
            let ended = move || {
                let shutdown = shutdown.clone();
                async move { shutdown.notified().await }
            };
            async move { front.worker(ended).await }
        })
    };
    let server = builder.listen("dragoman", listener, worker).map_err(unusable)?;
    Ok((server.run(), vec![address]))
}

fn limits(settings: &ServerSettings) -> Limits {
    Limits {
        head: Duration::from_secs(settings.request_head_seconds),
        idle: Duration::from_secs(settings.keep_alive_seconds),
        stall: Duration::from_secs(settings.write_stall_seconds),
        farewell: Duration::from_secs(settings.disconnect_seconds),
    }
}

/// What every worker serves its connections with.
#[derive(Clone)]
struct Front {
    parts: Parts,
    limits: Limits,
    acceptor: Acceptor,
    address: SocketAddr,
    keeps_alive: bool,
    places: Arc<Shares>,
}

impl Front {
    /// The service of one worker: shakes hands, then speaks HTTP until the connection ends.
    async fn worker<F, Ended>(self, shutdown: F) -> Result<impl Service<TcpStream, Response = (), Error = ()>, ()>
    where
        F: Fn() -> Ended + Clone + 'static,
        Ended: Future<Output = ()> + 'static,
    {
        let Self { parts, limits, acceptor, address, keeps_alive, places } = self;
        let relay = PassedPaths::of(&parts.mounts).await.map(|paths| Relay {
            paths,
            requests: parts.requests.clone(),
            proxies: Rc::new(parts.trusted_proxies.as_ref().clone()),
            limits,
            is_secure: acceptor.is_secure(),
            readiness: parts.readiness.clone(),
            meter: parts.metrics.meter(),
            telemetry: parts.telemetry.clone(),
        });
        let passes = relay.as_ref().map(|relay| {
            let paths = relay.paths.clone();
            Rc::new(move |target: &str, host: Option<&str>| paths.find(target, host).is_some()) as Rc<Passes>
        });
        let readiness = parts.readiness.clone();
        let secure = acceptor.is_secure();
        let app = move || {
            let config = move |()| AppConfig::__priv_test_new(secure, address.to_string(), address);
            map_config(app(parts.clone()).into_factory().map_err(|error: Error| error.error_response()), config)
        };
        let http2 = Rc::new(app().new_service(()).await?);
        let http1 = HttpService::build()
            .graceful_shutdown_signal(shutdown.clone())
            .keep_alive(if keeps_alive {
                KeepAlive::Timeout(limits.idle + limits.head + BACKSTOP)
            } else {
                KeepAlive::Disabled
            })
            .client_request_timeout(limits.head + BACKSTOP)
            .client_disconnect_timeout(limits.farewell)
            .local_addr(address)
            .on_connect_ext(|wire: &Wire<Socket>, data| drop(data.insert(wire.exchange())))
            .h1(app());
        let service = http1.new_service(()).await?;
        let http1 = Rc::new(Http1 { service, relay, passes, limits, readiness });
        Ok(fn_service(move |stream: TcpStream| {
            let (acceptor, http1, http2, shutdown) =
                (acceptor.clone(), Rc::clone(&http1), Rc::clone(&http2), shutdown.clone());
            let peer = stream.peer_addr().ok();
            let mut place = places.holding(peer.map(|peer| peer.ip()));
            async move {
                if !place.take(1) {
                    return Ok(());
                }
                // A connection that ends badly is the client's affair.
                let Ok(socket) = acceptor.accept(stream).await else { return Ok(()) };
                if socket.speaks_http2() {
                    let passed = |asked: Asked| http1.pass_stream(asked, peer, shutdown.clone());
                    drop(http2::serve(socket, peer, &*http2, &passed, limits, shutdown()).await);
                } else {
                    http1.serve(socket, peer, &shutdown).await;
                }
                Ok(())
            }
        }))
    }
}

/// What serves connections of HTTP/1, those within streams of HTTP/2 among them.
struct Http1<S> {
    service: S,
    relay: Option<Relay>,
    passes: Option<Rc<Passes>>,
    limits: Limits,
    readiness: Data<Readiness>,
}

impl<S: Service<(Wire<Socket>, Option<SocketAddr>)>> Http1<S> {
    /// Until it ends: what is served by the application, what is passed by the relay.
    async fn serve<Ended: Future<Output = ()>>(
        &self,
        socket: Socket,
        peer: Option<SocketAddr>,
        shutdown: &impl Fn() -> Ended,
    ) {
        let Self { service, relay, passes, limits, readiness } = self;
        let mut wire = Wire::new(socket, *limits, passes.clone());
        loop {
            let handover = wire.handover();
            drop(service.call((wire, peer)).await);
            let (Some(relay), Some(handed)) = (relay, handover.take()) else { return };
            let relaying = relay.run(handed, peer.map(|peer| peer.ip()), passes.clone(), shutdown());
            match relaying.await {
                Some(next) if !readiness.is_draining() => wire = next,
                Some(next) => return next.end().await,
                None => return,
            }
        }
    }

    /// A request of HTTP/2, if it is one that is passed.
    fn pass_stream<'s, Ended: Future<Output = ()> + 's>(
        &'s self,
        asked: Asked,
        peer: Option<SocketAddr>,
        shutdown: impl Fn() -> Ended + 's,
    ) -> Either<LocalBoxFuture<'s, ()>, Asked> {
        let is_passed = stream::place(&asked.request)
            .is_some_and(|(target, host)| self.passes.as_ref().is_some_and(|passes| passes(target, host)));
        if !is_passed {
            return Either::Right(asked);
        }
        Either::Left(Box::pin(async move {
            let serve = |within| self.serve(Socket::Within(within), peer, &shutdown);
            stream::answer(asked, self.limits, serve).await;
        }))
    }
}
