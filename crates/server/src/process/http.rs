//! The HTTP server: one actix app a worker, its limits, and where it listens.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::{
    App, HttpServer,
    dev::{Server, Service},
    http::{ConnectionType, KeepAlive},
    web::{self, Data},
};
use dragoman_dialect::TrustedProxies;

use super::{
    StartError,
    tls::{self, Certificate},
};
use crate::{
    config::ServerSettings,
    mounting::{Mounts, no_mount},
    operator::{self, Readiness},
    request_log::RequestLog,
    testing_api::{self, TestingApi},
};

/// What every worker's app is made of.
#[derive(Clone)]
pub(super) struct Parts {
    pub mounts: Mounts,
    pub readiness: Data<Readiness>,
    pub trusted_proxies: Data<TrustedProxies>,
    pub requests: RequestLog,
    pub testing: TestingApi,
}

/// Binds the listener and makes the server; nothing is accepted until it is polled.
pub(super) fn bind(
    settings: &ServerSettings,
    certificate: Option<Arc<Certificate>>,
    parts: Parts,
) -> Result<(Server, Vec<SocketAddr>), StartError> {
    let server = HttpServer::new(move || {
        let Parts { mounts, readiness, trusted_proxies, requests, testing } = parts.clone();
        App::new()
            .app_data(trusted_proxies)
            .app_data(readiness.clone())
            .wrap_fn(move |request, service| {
                let begun = requests.begin();
                let answer = service.call(request);
                let (requests, readiness) = (requests.clone(), readiness.clone());
                async move {
                    let mut response = answer.await?;
                    if let Some(begun) = begun {
                        requests.end(&begun, &response);
                    }
                    // An idle connection would hold up the shutdown for its keep-alive time.
                    if readiness.is_draining() {
                        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
                    }
                    Ok(response)
                }
            })
            .configure(operator::configure)
            .configure(|config| testing_api::configure(config, testing))
            .configure(|config| mounts.configure(config))
            .default_service(web::to(no_mount))
    })
    .workers(settings.workers)
    .max_connections(settings.max_connections.div_ceil(settings.workers.max(1)))
    .keep_alive(keep_alive(settings))
    .client_request_timeout(Duration::from_secs(settings.request_head_seconds))
    .client_disconnect_timeout(Duration::from_secs(settings.disconnect_seconds))
    .shutdown_timeout(settings.shutdown_seconds)
    .disable_signals();
    let bound = match certificate {
        Some(certificate) => {
            let config = tls::server_config(certificate).map_err(StartError::Certificate)?;
            server.bind_rustls_0_23(settings.listen, config)
        }
        None => server.bind(settings.listen),
    };
    let bound = bound.map_err(|source| StartError::Listen { address: settings.listen, source })?;
    let addresses = bound.addrs();
    Ok((bound.run(), addresses))
}

fn keep_alive(settings: &ServerSettings) -> KeepAlive {
    match settings.keep_alive_seconds {
        0 => KeepAlive::Disabled,
        seconds => KeepAlive::Timeout(Duration::from_secs(seconds)),
    }
}
