//! The life of a server: start, run, drain, stop.

mod administrator;
mod app;
mod audit;
mod backing_up;
mod bodies;
mod check;
mod console;
mod dearest;
pub(crate) mod file_limit;
mod http;
mod keeping;
mod migration;
mod picture_expiry;
mod pictures;
mod purge;
mod report;
mod sealing;
mod serve;
mod store;
mod streams;
mod tls;
mod usage;
mod wrapping;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{dev::ServerHandle, web::Data};
use dragoman_accounts::{AccountError, Accounts, FirstStart};
use dragoman_console::Metrics;
use dragoman_dialect::TrustedProxies;
use dragoman_store::Claim;
use dragoman_usage::{Tallies, Usage};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{
    backups::Schedule,
    calls::Calls,
    config::Settings,
    mail::{MailRoom, RunningMail},
    mounting::{HouseRules, Mounts},
    operator::{self, Readiness},
    request_log::RequestLog,
    shadow::Shadows,
    telemetry::Telemetry,
    testing_api::{Mailbox, Revealed, Testbed, TestingApi},
    unused_pictures::picture_places,
    wire::Shares,
};
pub(crate) use administrator::forget_if_used;
pub use check::check;
pub use migration::migrate_database;
pub(crate) use pictures::picture_store;
pub use sealing::{sealing_key, sealing_key_or_new};
pub(crate) use serve::told_to_end;
pub use serve::{Reloading, serve};
pub use store::{Domain, ROOMS, StartOptions, bring_up_to_date, connect, data_folder};
use tls::Certificate;
use usage::Counting;

/// Why a server could not start; the text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `--testing` and a listener that others could reach.
    #[error("--testing serves an interface that empties the database: it needs a loopback listener, not {0}")]
    TestingNotLoopback(SocketAddr),
    /// `--testing` and a database somebody else's accounts are in.
    #[error("--testing would empty a database that holds accounts no testing server made: give --database another one")]
    TestingWouldEmpty,
    /// `--reveal-captchas` would show strangers what only a person should read.
    #[error("--reveal-captchas shows the answers of captchas and mailed codes: it needs a loopback listener, not {0}")]
    RevealingNotLoopback(SocketAddr),
    /// The database or its threads.
    #[error("database: {0}")]
    Database(String),
    /// A use case of the account domain that a start needs.
    #[error("accounts: {0}")]
    Accounts(#[from] AccountError),
    /// A dialect refused its settings.
    #[error("{0}")]
    Mount(String),
    /// The key that sealed passwords are opened with.
    #[error("{0} is no sealing key: 64 hex digits are expected")]
    SealingKey(String),
    /// Where the console looks for reports.
    #[error("console.reports: {} is not a folder that is there", .0.display())]
    Reports(PathBuf),
    /// Certificate or key.
    #[error("HTTPS: {0}")]
    Certificate(String),
    /// Where pictures are kept cannot be used.
    #[error("{0}")]
    Pictures(String),
    /// What mail is sent with cannot be read.
    #[error("{0}")]
    Mail(String),
    /// The port is taken, the address is not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where it should have been.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file or the temporary folder.
    #[error("{what}: {source}")]
    File {
        /// What could not be written.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A server that answers. It goes on until [`RunningServer::stop`]; several can live in one process.
pub struct RunningServer {
    addresses: Vec<SocketAddr>,
    certificate: Option<Arc<Certificate>>,
    mounts: Mounts,
    accounts: Accounts,
    first_administrator: Option<FirstStart>,
    data_folder: PathBuf,
    readiness: Data<Readiness>,
    drain: Duration,
    handle: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    purging: JoinHandle<()>,
    sealing: JoinHandle<()>,
    backing_up: JoinHandle<()>,
    wrapping: JoinHandle<()>,
    measuring: JoinHandle<()>,
    telling: JoinHandle<()>,
    console: Option<RunningConsole>,
    expiring: JoinHandle<()>,
    counting: Counting,
    writing: JoinHandle<()>,
    shadowing: Vec<JoinHandle<()>>,
    tracing: Option<(Telemetry, JoinHandle<()>)>,
    mail: RunningMail,
    // Given up when the server goes.
    _claim: Option<Claim>,
    // Its folder goes when the server does.
    _temporary: Option<TempDir>,
}

/// The console's listener.
struct RunningConsole {
    address: SocketAddr,
    handle: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Opens the database, mounts the dialects and begins to answer.
///
/// Must be called inside a tokio runtime. With `options.testing` the testing API is served too.
pub async fn start(settings: &Settings, options: &StartOptions) -> Result<RunningServer, StartError> {
    if options.testing && !settings.server.listen.ip().is_loopback() {
        return Err(StartError::TestingNotLoopback(settings.server.listen));
    }
    if options.reveal_captchas && !settings.server.listen.ip().is_loopback() {
        return Err(StartError::RevealingNotLoopback(settings.server.listen));
    }
    check::finds_reports(settings)?;
    let reveals = options.testing || options.reveal_captchas;
    let mut domain = store::open(settings, options).await?;
    keeping::provide_key(settings, &domain)?;
    let mailbox = reveals.then(Arc::<Mailbox>::default);
    let mail = MailRoom::open(&settings.mail, &domain.accounts, mailbox.clone()).map_err(StartError::Mail)?;
    let pictures = pictures::open(&settings.pictures, &mut domain, options)?;
    let rules = HouseRules {
        throttle: settings.throttle.policy(),
        mailer: mail.mailer.clone(),
        pictures: pictures.clone(),
        reveals,
    };
    let mounts = Mounts::new(&settings.mounts, &domain.accounts, &rules).map_err(StartError::Mount)?;
    let readiness = Data::new(Readiness::new(domain.accounts.clone()));
    let proxies = TrustedProxies::parse(&settings.server.trusted_proxies).map_err(StartError::Mount)?;
    let bodies = settings.server.bodies_in_flight_mib.saturating_mul(1 << 20);
    let bodies = Shares::new("bodies", bodies, settings.server.network_share_percent, proxies.clone());
    let proxies = Data::new(proxies);
    let metrics = Arc::<Metrics>::default();
    let counting = counting(settings, &domain);
    let calls = Calls::new(counting.tallies.clone(), domain.accounts.clone());
    let shadows = Shadows::open(&settings.mounts, &mounts, &domain.accounts, &counting.verdicts);
    let (shadows, shadowing) = shadows.map_err(StartError::Mount)?.unzip();
    let telemetry = Telemetry::open(&settings.telemetry, &domain.accounts).map_err(StartError::Mount)?;
    let parts = app::Parts {
        mounts: mounts.clone(),
        readiness: readiness.clone(),
        trusted_proxies: proxies.clone(),
        bodies,
        requests: RequestLog::new(&settings.log, domain.accounts.randomness()),
        metrics: Arc::clone(&metrics),
        calls: settings.usage.enabled.then_some(calls),
        shadows,
        accounts: domain.accounts.clone(),
        testing: testing_api(&domain, &mounts, mailbox),
        telemetry: telemetry.clone(),
    };
    let certificate = settings.server.tls().map(|files| Certificate::read(&files)).transpose();
    let certificate = certificate.map_err(StartError::Certificate)?.map(Arc::new);
    let (server, addresses) = http::bind(&settings.server, certificate.clone(), parts)?;
    let house = console::house(settings, (&domain.accounts, &counting.usage), &metrics, &mounts, certificate.clone());
    let console = console::bind(settings, certificate.clone(), (house, proxies))?;
    // After everything that can fail: its password is told once.
    let first_administrator =
        if options.testing { None } else { domain.accounts.first_start(&operator::realm()).await? };
    if pictures.is_remote() {
        tokio::spawn(pictures::look(pictures.clone()));
    }
    let handle = server.handle();
    let pause = Duration::from_secs(settings.purge.interval_seconds);
    Ok(RunningServer {
        addresses,
        certificate,
        mounts,
        first_administrator,
        data_folder: domain.data_folder.clone(),
        readiness,
        drain: Duration::from_secs(settings.server.drain_seconds),
        handle,
        serving: tokio::spawn(server),
        wrapping: tokio::spawn(wrapping::run(
            domain.accounts.clone(),
            settings.passwords.clone(),
            domain.data_folder.clone(),
        )),
        telling: tokio::spawn(console::tell(domain.accounts.clone(), metrics, console.is_some())),
        console: console.map(|(server, address)| RunningConsole {
            address,
            handle: server.handle(),
            serving: tokio::spawn(server),
        }),
        purging: tokio::spawn(purge::run(domain.accounts.clone(), pause)),
        sealing: tokio::spawn(audit::run(domain.accounts.clone(), settings.audit.clone(), options.testing)),
        backing_up: tokio::spawn(backing_up::run(
            domain.accounts.clone(),
            Schedule::new(settings),
            domain.data_folder.clone(),
        )),
        measuring: tokio::spawn(dearest::run(domain.accounts.clone())),
        expiring: tokio::spawn(picture_expiry::run(
            domain.accounts.clone(),
            pictures,
            picture_places(&settings.mounts),
            settings.pictures.unused_for(),
        )),
        writing: tokio::spawn(counting.clone().run()),
        counting,
        shadowing: shadowing.unwrap_or_default(),
        tracing: telemetry.map(|telemetry| (telemetry.clone(), tokio::spawn(telemetry.run()))),
        mail: mail.start(),
        accounts: domain.accounts,
        _claim: domain.claim,
        _temporary: domain.temporary,
    })
}

fn counting(settings: &Settings, domain: &Domain) -> Counting {
    Counting {
        usage: Usage::new(domain.store.clone(), settings.usage.limits()),
        tallies: Arc::new(Tallies::new(settings.usage.most_waiting)),
        verdicts: Arc::default(),
        accounts: domain.accounts.clone(),
        settings: settings.usage.clone(),
    }
}

fn testing_api(domain: &Domain, mounts: &Mounts, mailbox: Option<Arc<Mailbox>>) -> TestingApi {
    let revealed = mailbox.map(|mailbox| Arc::new(Revealed::new(mounts.clone(), mailbox)));
    let testbed = domain
        .clock
        .clone()
        .zip(revealed.clone())
        .map(|(clock, revealed)| Arc::new(Testbed::new(domain.accounts.clone(), clock, revealed)));
    TestingApi { revealed, testbed }
}

impl RunningServer {
    /// Where it listens; the real port when port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        let any = SocketAddr::from(([0, 0, 0, 0], 0));
        self.addresses.first().copied().unwrap_or(any)
    }

    /// Where the console listens, if it does.
    pub fn console_address(&self) -> Option<SocketAddr> {
        self.console.as_ref().map(|console| console.address)
    }

    /// What is mounted where, to be printed.
    pub fn report(&self) -> String {
        let listeners = (self.address(), self.console_address());
        report::report(listeners, self.certificate.is_some(), self.accounts.backend(), &self.mounts)
    }

    /// Reads the certificate again; new connections get it. After an error the present one stays.
    pub fn reload_certificate(&self, settings: &Settings) -> Result<(), String> {
        match (&self.certificate, settings.server.tls()) {
            (Some(certificate), Some(files)) => certificate.reload(&files),
            (None, None) => Ok(()),
            (Some(_), None) | (None, Some(_)) => Err("HTTPS can only be switched by a restart".to_owned()),
        }
    }

    /// The account domain it works on.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// The super administrator that this start made in an empty database.
    pub fn first_administrator(&self) -> Option<&FirstStart> {
        self.first_administrator.as_ref()
    }

    /// `/readyz` turns 503; after the drain time nothing new is accepted; what runs is finished, for
    /// `server.shutdown_seconds` at most; then the store is closed.
    pub async fn stop(self) {
        self.readiness.drain();
        tokio::time::sleep(self.drain).await;
        self.handle.stop(true).await;
        if let Some(console) = self.console {
            console.handle.stop(true).await;
            if let Err(error) = console.serving.await {
                tracing::warn!(%error, "the console's task ended badly");
            }
        }
        self.telling.abort();
        self.purging.abort();
        self.sealing.abort();
        self.backing_up.abort();
        self.wrapping.abort();
        self.measuring.abort();
        self.expiring.abort();
        // After the requests, which may have mails to send; before the store, which knows what was sent.
        self.mail.stop().await;
        match self.serving.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the listener ended with an error"),
            Err(error) => tracing::warn!(%error, "the listener's task ended badly"),
        }
        self.shadowing.iter().for_each(JoinHandle::abort);
        if let Some((telemetry, running)) = self.tracing {
            telemetry.end_all(running).await;
        }
        self.writing.abort();
        self.counting.write().await;
        self.accounts.close().await;
    }
}
