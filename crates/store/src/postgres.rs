//! PostgreSQL: TLS, time limits and the settings of each connection.

use std::time::Duration;

use diesel::deserialize::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio::runtime::Handle;
use tokio_postgres::config::{Host as ConfiguredHost, SslMode, TargetSessionAttrs};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::PostgresConnection;
use super::limits::{CONNECT_LIMIT, LOCK_WAIT};
use super::role::Role;
use super::setup_error::StoreSetupError;
use super::tls::{TlsMode, TlsWish};
use super::ways::{Host, Way, Ways};

/// Asked only of servers in another language, so that a refusal does not stand in every server's log at each connection.
const ENGLISH: &str =
    "SELECT set_config('lc_messages', 'C', false) WHERE current_setting('lc_messages') !~ '^(C|POSIX|en)'";
const PORT: u16 = 5432;

pub(super) struct Postgres {
    config: Config,
    tls: MakeRustlsConnect,
    wait: Duration,
    pub(super) ways: Ways,
}

impl Postgres {
    pub(super) fn new(config: &Config, tls: &TlsWish, wait: Duration) -> Result<Self, StoreSetupError> {
        let mut config = config.clone();
        config.ssl_mode(match tls.mode {
            TlsMode::Disable => SslMode::Disable,
            TlsMode::Prefer => SslMode::Prefer,
            TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
        });
        if config.get_application_name().is_none() {
            config.application_name("dragoman");
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(wait);
        }
        if config.get_keepalives_interval().is_none() {
            // The driver's own default waits two hours before it asks.
            config
                .keepalives_idle(Duration::from_secs(30))
                .keepalives_interval(Duration::from_secs(10))
                .keepalives_retries(3);
        }
        let ways = Ways::new(hosts(&config));
        if ways.are_many() {
            // Of several hosts one is the primary, whatever the URL says.
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        Ok(Self { config, tls: MakeRustlsConnect::new(tls.client_config()?), wait, ways })
    }

    pub(super) fn establish(&self, role: Role) -> Result<(usize, PostgresConnection), String> {
        let (host, connection) =
            Handle::current().block_on(self.ways.connect(async |way| self.connect(way, role).await))?;
        Ok((host, connection.into()))
    }

    async fn connect(&self, way: Way, role: Role) -> Result<AsyncPgConnection, String> {
        let config = only(&self.config, way);
        let (client, socket) = config.connect(self.tls.clone()).await.map_err(|error| with_source(&error))?;
        let mut connection = AsyncPgConnection::try_from_client_and_connection(client, socket)
            .await
            .map_err(|error| error.to_string())?;
        if is_standby(&mut connection).await {
            return Err("the server is a standby".to_owned());
        }
        connection.batch_execute(&self.settings(role)).await.map_err(|error| error.to_string())?;
        // error.rs reads messages in English. A server in another language may refuse to change that for a plain user: then a
        // deadlock is an internal error there instead of being run again.
        let _ = connection.batch_execute(ENGLISH).await;
        Ok(connection)
    }

    /// A connection outside diesel, for whoever moves rows.
    pub(super) async fn plain(&self, role: Role) -> Result<Client, String> {
        self.ways
            .connect(async |way| {
                let config = only(&self.config, way);
                let (client, socket) = config.connect(self.tls.clone()).await.map_err(|error| with_source(&error))?;
                // It ends with its client.
                tokio::spawn(socket);
                client.batch_execute(&self.settings(role)).await.map_err(|error| with_source(&error))?;
                Ok(client)
            })
            .await
            .map(|(_, client)| client)
    }

    fn settings(&self, role: Role) -> String {
        let wait = self.wait.as_millis();
        let (statement, lock, idle) = match role {
            Role::Reader | Role::Writer => (wait, (wait / 2).max(1), wait * 2),
            Role::Migrator => (0, LOCK_WAIT.as_millis(), 0),
        };
        format!(
            "SET statement_timeout = {statement};
             SET lock_timeout = {lock};
             SET idle_in_transaction_session_timeout = {idle};
             SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
             SET client_min_messages = warning;"
        )
    }
}

#[derive(QueryableByName)]
struct Recovery {
    #[diesel(sql_type = Bool)]
    is_standby: bool,
}

/// A standby shows a lock or a new password some time after it was acknowledged, so nothing is read there. Engines that do not know
/// the question have no such standbys.
async fn is_standby(connection: &mut AsyncPgConnection) -> bool {
    let asked = sql_query("SELECT pg_is_in_recovery() AS is_standby").get_result::<Recovery>(connection).await;
    asked.is_ok_and(|answer| answer.is_standby)
}

/// libpq's pairs: the nth `host` is at the nth `hostaddr`, if any are given.
fn hosts(config: &Config) -> Vec<Host> {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().map(|&address| Host::Fixed(Some(address))).collect();
    }
    let host = |(place, host): (usize, &ConfiguredHost)| match host {
        ConfiguredHost::Tcp(name) => Host::Name(name.clone(), port(config, place)),
        ConfiguredHost::Unix(_) => Host::Fixed(None),
    };
    config.get_hosts().iter().enumerate().map(host).collect()
}

/// One port for all hosts, or one for each.
fn port(config: &Config, place: usize) -> u16 {
    let ports = config.get_ports();
    ports.get(place).or(ports.first()).copied().unwrap_or(PORT)
}

/// The configuration with one way instead of all; the driver cannot take hosts out of one.
fn only(all: &Config, way: Way) -> Config {
    let mut config = Config::new();
    match all.get_hosts().get(way.host) {
        Some(ConfiguredHost::Tcp(name)) => config.host(name),
        Some(ConfiguredHost::Unix(folder)) => config.host_path(folder),
        None => &mut config,
    };
    if let Some(address) = way.address {
        config.hostaddr(address);
    }
    config.port(port(all, way.host)).connect_timeout(all.get_connect_timeout().copied().unwrap_or(CONNECT_LIMIT));
    if let Some(user) = all.get_user() {
        config.user(user);
    }
    if let Some(password) = all.get_password() {
        config.password(password);
    }
    if let Some(database) = all.get_dbname() {
        config.dbname(database);
    }
    if let Some(options) = all.get_options() {
        config.options(options);
    }
    if let Some(name) = all.get_application_name() {
        config.application_name(name);
    }
    if let Some(timeout) = all.get_tcp_user_timeout() {
        config.tcp_user_timeout(*timeout);
    }
    if let Some(interval) = all.get_keepalives_interval() {
        config.keepalives_interval(interval);
    }
    if let Some(retries) = all.get_keepalives_retries() {
        config.keepalives_retries(retries);
    }
    config
        .keepalives(all.get_keepalives())
        .keepalives_idle(all.get_keepalives_idle())
        .ssl_mode(all.get_ssl_mode())
        .ssl_negotiation(all.get_ssl_negotiation())
        .target_session_attrs(all.get_target_session_attrs())
        .channel_binding(all.get_channel_binding());
    config
}

/// The driver says "error connecting to server" and keeps the reason as the source.
fn with_source(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
