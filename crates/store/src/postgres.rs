//! PostgreSQL: TLS, time limits and the settings of each connection.

use std::time::Duration;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::config::StoreSetupError;
use super::connection::PostgresConnection;
use super::lane::Role;
use super::target::CONNECT_LIMIT;
use super::tls::{TlsMode, TlsWish};

/// Asked only of servers in another language, so that a refusal does not stand in every server's log at each connection.
const ENGLISH: &str =
    "SELECT set_config('lc_messages', 'C', false) WHERE current_setting('lc_messages') !~ '^(C|POSIX|en)'";

pub(super) struct Postgres {
    config: Config,
    tls: MakeRustlsConnect,
    wait: Duration,
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
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_LIMIT);
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
        Ok(Self { config, tls: MakeRustlsConnect::new(tls.client_config()?), wait })
    }

    pub(super) fn establish(&self, role: Role) -> Result<PostgresConnection, String> {
        match Handle::current().block_on(timeout(CONNECT_LIMIT, self.connect(role))) {
            Ok(connected) => connected.map(PostgresConnection::from),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }

    async fn connect(&self, role: Role) -> Result<AsyncPgConnection, String> {
        let (client, socket) = self.config.connect(self.tls.clone()).await.map_err(|error| with_source(&error))?;
        let mut connection = AsyncPgConnection::try_from_client_and_connection(client, socket)
            .await
            .map_err(|error| error.to_string())?;
        connection.batch_execute(&self.settings(role)).await.map_err(|error| error.to_string())?;
        // error.rs reads messages in English. A server in another language may refuse to change that for a plain user: then a
        // deadlock is an internal error there instead of being run again.
        let _ = connection.batch_execute(ENGLISH).await;
        Ok(connection)
    }

    fn settings(&self, role: Role) -> String {
        let wait = self.wait.as_millis();
        let (statement, lock, idle) = match role {
            Role::Reader | Role::Writer => (wait, (wait / 2).max(1), wait * 2),
            Role::Migrator => (0, super::migrations::LOCK_WAIT.as_millis(), 0),
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

/// The driver says "error connecting to server" and keeps the reason as the source.
fn with_source(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
