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
};
use tokio::net::TcpStream;

use super::{
    StartError,
    app::{Parts, app},
    file_limit,
    tls::{self, Certificate},
};
use crate::{
    config::ServerSettings,
    passing::{PassedPaths, Relay},
    wire::{Acceptor, Limits, Passes, Shares, Socket, Wire, http2},
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
    let offers_http2 = !parts.mounts.pass();
    let front = Front {
        parts,
        limits,
        acceptor: Acceptor::new(tls, limits.head, offers_http2),
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
        let http1 = Rc::new(http1.new_service(()).await?);
        Ok(fn_service(move |stream: TcpStream| {
            let (acceptor, http1, http2, shutdown) =
                (acceptor.clone(), Rc::clone(&http1), Rc::clone(&http2), shutdown.clone());
            let (relay, passes, readiness) = (relay.clone(), passes.clone(), readiness.clone());
            let peer = stream.peer_addr().ok();
            let mut place = places.holding(peer.map(|peer| peer.ip()));
            async move {
                if !place.take(1) {
                    return Ok(());
                }
                // A connection that ends badly is the client's affair.
                let Ok(socket) = acceptor.accept(stream).await else { return Ok(()) };
                if socket.speaks_http2() {
                    drop(http2::serve(socket, peer, &*http2, limits, shutdown()).await);
                    return Ok(());
                }
                let mut wire = Wire::new(socket, limits, passes.clone());
                loop {
                    let handover = wire.handover();
                    drop(http1.call((wire, peer)).await);
                    let (Some(relay), Some(handed)) = (&relay, handover.take()) else { return Ok(()) };
                    let relaying = relay.run(handed, peer.map(|peer| peer.ip()), passes.clone(), shutdown());
                    match relaying.await {
                        Some(next) if !readiness.is_draining() => wire = next,
                        Some(next) => {
                            next.end().await;
                            return Ok(());
                        }
                        None => return Ok(()),
                    }
                }
            }
        }))
    }
}
