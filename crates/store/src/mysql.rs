//! MySQL and MariaDB: TLS, time limits and the settings of each connection.

use std::time::Duration;

use diesel_async::AsyncMysqlConnection;
use mysql_async::{Conn, DriverError, Error, IoError, Opts, OptsBuilder, SslOpts};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::config::StoreSetupError;
use super::connection::MysqlConnection;
use super::lane::Role;
use super::target::CONNECT_LIMIT;
use super::tls::{TlsMode, TlsWish};

const KEEPALIVE_MILLISECONDS: u32 = 30_000;

pub(super) struct Mysql {
    opts: Opts,
    tls: Option<SslOpts>,
    /// A server without TLS, or with one this program cannot speak, is connected to in the clear.
    tls_is_optional: bool,
    wait: Duration,
}

impl Mysql {
    pub(super) fn new(opts: &Opts, tls: Option<&TlsWish>, wait: Duration) -> Result<Self, StoreSetupError> {
        let tls_is_optional = tls.is_some_and(|wish| wish.mode == TlsMode::Prefer);
        let tls = match tls {
            Some(wish) => ssl_opts(wish)?,
            None => opts.ssl_opts().cloned(),
        };
        Ok(Self { opts: opts.clone(), tls, tls_is_optional, wait })
    }

    pub(super) fn establish(&self, role: Role) -> Result<MysqlConnection, String> {
        match Handle::current().block_on(timeout(CONNECT_LIMIT, self.connect(role))) {
            Ok(connected) => connected.map(MysqlConnection::from),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }

    async fn connect(&self, role: Role) -> Result<AsyncMysqlConnection, String> {
        let connection = match Conn::new(self.options(role, self.tls.clone())).await {
            Err(Error::Driver(DriverError::NoClientSslFlagFromServer) | Error::Io(IoError::Tls(_)))
                if self.tls_is_optional =>
            {
                Conn::new(self.options(role, None)).await
            }
            connected => connected,
        };
        let connection = connection.map_err(|error| error.to_string())?;
        AsyncMysqlConnection::try_from(connection).await.map_err(|error| error.to_string())
    }

    fn options(&self, role: Role, tls: Option<SslOpts>) -> OptsBuilder {
        let lock_wait = match role {
            Role::Reader | Role::Writer => (self.wait / 2).as_secs().max(1),
            Role::Migrator => super::migrations::LOCK_WAIT.as_secs(),
        };
        OptsBuilder::from_opts(self.opts.clone())
            .ssl_opts(tls)
            // Off: a loopback address is meant as it is written, not as the socket file the server happens to have.
            .prefer_socket(false)
            // An update that changes nothing must count its row, as it does on the other two.
            .client_found_rows(true)
            // diesel-async caches statements itself.
            .stmt_cache_size(0)
            .tcp_keepalive(Some(KEEPALIVE_MILLISECONDS))
            .init(vec![
                "SET NAMES utf8mb4".to_owned(),
                "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION'".to_owned(),
                // REPEATABLE READ would not see the row that has just collided (one-domain.md 5, "Which field collided?").
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED".to_owned(),
                format!("SET SESSION innodb_lock_wait_timeout = {lock_wait}"),
                // error.rs reads messages in English.
                "SET SESSION lc_messages = 'en_US'".to_owned(),
            ])
    }
}

fn ssl_opts(wish: &TlsWish) -> Result<Option<SslOpts>, StoreSetupError> {
    let authorities = || -> Result<_, StoreSetupError> {
        let found = wish.authorities()?;
        Ok(found.into_iter().map(|certificate| certificate.to_vec().into()).collect::<Vec<_>>())
    };
    Ok(match wish.mode {
        TlsMode::Disable => None,
        TlsMode::Prefer | TlsMode::Require => {
            Some(SslOpts::default().with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true))
        }
        TlsMode::VerifyCa => Some(
            SslOpts::default()
                .with_root_certs(authorities()?)
                .with_disable_built_in_roots(true)
                .with_danger_skip_domain_validation(true),
        ),
        TlsMode::VerifyFull => {
            Some(SslOpts::default().with_root_certs(authorities()?).with_disable_built_in_roots(true))
        }
    })
}
