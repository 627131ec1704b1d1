//! The console's listener, and what the console is told of this server.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, dev::Server, web::Data};
use dragoman_accounts::Accounts;
use dragoman_console::{House, Metrics, configure};

use super::{
    StartError,
    tls::{self, Certificate},
};
use crate::config::Settings;

/// A few people and a scraper.
const CONNECTIONS: usize = 256;
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two additions to the tallies that charts are made of.
const ROUND: Duration = Duration::from_secs(60);

/// Binds the console's listener, if the settings want one; nothing is accepted until the server is polled.
pub(super) fn bind(
    settings: &Settings,
    certificate: Option<Arc<Certificate>>,
    house: House,
) -> Result<Option<(Server, SocketAddr)>, StartError> {
    let Some(listen) = settings.console.listen else { return Ok(None) };
    let unusable = |source| StartError::Listen { address: listen, source };
    let listener = TcpListener::bind(listen).map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    let house = Data::new(house);
    let server = HttpServer::new(move || {
        let house = house.clone();
        App::new().configure(|config| configure(config, house))
    })
    .workers(1)
    .max_connections(CONNECTIONS)
    .client_request_timeout(PATIENCE)
    .shutdown_timeout(settings.server.shutdown_seconds)
    .disable_signals();
    let server = match certificate {
        Some(certificate) => {
            let tls = tls::server_config(certificate).map_err(StartError::Certificate)?;
            server.listen_rustls_0_23(listener, tls)
        }
        None => server.listen(listener),
    };
    Ok(Some((server.map_err(unusable)?.run(), address)))
}

/// Adds what this replica did to the tallies, minute after minute, until it is aborted.
pub(super) async fn tell(accounts: Accounts, metrics: Arc<Metrics>) {
    let replica = accounts.randomness().hex(4);
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    rounds.tick().await;
    loop {
        rounds.tick().await;
        if let Err(error) = metrics.tell(&accounts, &replica).await {
            tracing::debug!(%error, "what was measured could not be told; the next round tells it");
        }
    }
}
