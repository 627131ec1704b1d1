//! The console's listener, and what the console is told of this server.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpServer, dev::Server, web::Data};
use dragoman_accounts::Accounts;
use dragoman_console::{Contact, House, Metrics, MountFacts, OldServer, Warning, configure};
use dragoman_dialect::{TrustedProxies, client_address, network_of};
use dragoman_upstream::BreakerState;
use dragoman_usage::Usage;

use super::{
    StartError,
    tls::{self, Certificate},
};
use crate::{
    config::{MailTransport, MountSettings, Settings},
    doctor::factory_secrets,
    mounting::{Mount, Mounts, realm_of_scope},
};

/// A few people and a scraper.
const CONNECTIONS: usize = 256;
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two additions to the tallies that charts are made of.
const ROUND: Duration = Duration::from_secs(60);
/// Rounds between two looks at every verifier.
const LOOK: u64 = 10;

/// Binds the console's listener, if the settings want one; nothing is accepted until the server is polled.
pub(super) fn bind(
    settings: &Settings,
    certificate: Option<Arc<Certificate>>,
    (house, proxies): (House, Data<TrustedProxies>),
) -> Result<Option<(Server, SocketAddr)>, StartError> {
    let Some(listen) = settings.console.listen else { return Ok(None) };
    let unusable = |source| StartError::Listen { address: listen, source };
    let listener = TcpListener::bind(listen).map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    let house = Data::new(house);
    let server = HttpServer::new(move || {
        let (house, proxies) = (house.clone(), proxies.clone());
        App::new().app_data(proxies).configure(|config| configure(config, house))
    })
    .workers(1)
    .max_connections(CONNECTIONS)
    .tcp_nodelay(true)
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

/// What the console is told.
pub(super) fn house(
    settings: &Settings,
    (accounts, usage): (&Accounts, &Usage),
    metrics: &Arc<Metrics>,
    mounts: &Mounts,
    certificate: Option<Arc<Certificate>>,
) -> House {
    House {
        accounts: accounts.clone(),
        metrics: Arc::clone(metrics),
        metrics_token: settings.console.metrics_token.clone(),
        mounts: mounts.list().iter().map(facts).collect(),
        old_servers: settings.mounts.iter().zip(mounts.list()).filter_map(|both| old_server(settings, both)).collect(),
        usage: settings.usage.enabled.then(|| usage.clone()),
        reports: settings.console.reports.clone(),
        verifying: tokio::sync::Mutex::default(),
        gathering: Arc::default(),
        warnings: warnings(settings),
        is_secure: certificate.is_some(),
        certificate_ends: Box::new(move || certificate.as_ref()?.ends()),
        throttle: settings.throttle.policy(),
        idle: settings.console.idle(),
        session: settings.console.session(),
        network_of: client_network,
    }
}

fn client_network(request: &HttpRequest) -> Option<String> {
    client_address(request).map(network_of)
}

fn facts(mount: &Mount) -> MountFacts {
    let hosts = if mount.hosts.is_empty() { String::new() } else { format!(" ({})", mount.hosts.join(", ")) };
    MountFacts {
        dialect: mount.name.to_owned(),
        prefix: mount.prefix.clone(),
        scope: mount.scope.clone(),
        familiar: if mount.namespaces.is_empty() { String::new() } else { mount.namespaces.join(" ") + &hosts },
        routes: mount.routes.routes.iter().map(|route| route.pattern).collect(),
    }
}

fn old_server(settings: &Settings, (of, mount): (&MountSettings, &Mount)) -> Option<OldServer> {
    let old = mount.old_server.clone()?;
    let (realm, _) = realm_of_scope(&settings.mounts, &of.dialect, &of.scope);
    Some(OldServer {
        mount: of.section.clone(),
        host: old.client.host().to_owned(),
        realm,
        mode: old.mode.name(),
        contact: Box::new(move || match old.client.breaker() {
            BreakerState::Closed => Contact::Asked,
            BreakerState::Open => Contact::LeftAlone,
            BreakerState::HalfOpen => Contact::OnTrial,
        }),
    })
}

fn warnings(settings: &Settings) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = factory_secrets(settings).into_iter().map(Warning::FactorySecret).collect();
    let is_open = |mount: &&crate::config::MountSettings| mount.own.get("registration_open") == Some(&true.into());
    let open = settings.mounts.iter().filter(is_open).map(|mount| mount.section.clone());
    warnings.extend(open.map(Warning::RegistrationOpen));
    if settings.mail.transport != MailTransport::Smtp {
        warnings.push(Warning::MailNotSent);
    }
    let beyond = settings.console.listen.is_some_and(|listen| !listen.ip().is_loopback());
    if beyond && settings.server.tls().is_none() {
        warnings.push(Warning::ConsoleInTheClear);
    }
    warnings
}

/// Adds what this replica did to the tallies, minute after minute, until it is aborted.
///
/// `looks`: somebody sees how passwords rest, so that they are counted now and then.
pub(super) async fn tell(accounts: Accounts, metrics: Arc<Metrics>, looks: bool) {
    let replica = accounts.randomness().hex(4);
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for round in 0_u64.. {
        rounds.tick().await;
        if looks
            && round.is_multiple_of(LOOK)
            && let Err(error) = metrics.look_at_passwords(&accounts).await
        {
            tracing::debug!(%error, "how passwords rest could not be counted; a later round counts it");
        }
        if round == 0 {
            continue;
        }
        if let Err(error) = metrics.tell(&accounts, &replica).await {
            tracing::debug!(%error, "what was measured could not be told; the next round tells it");
        }
    }
}
