//! MySQL and MariaDB: TLS, time limits and the settings of each connection.

use std::time::Duration;

use diesel_async::AsyncMysqlConnection;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, DriverError, Error, IoError, Opts, OptsBuilder, SslOpts};
use tokio::runtime::Handle;

use super::connection::MysqlConnection;
use super::limits::LOCK_WAIT;
use super::role::Role;
use super::setup_error::StoreSetupError;
use super::tls::{TlsMode, TlsWish};
use super::ways::{Host, Way, Ways};

const KEEPALIVE_MILLISECONDS: u32 = 30_000;

/// What a server says of itself that a client of several must know: it takes no writes, or its cluster has no quorum (Galera; such
/// a node lets everybody in and answers `SELECT 1`).
const STATE: &str = "SELECT @@global.read_only, IF(@@global.wsrep_on, \
     (SELECT COUNT(*) FROM information_schema.global_status WHERE variable_name = 'wsrep_ready' AND variable_value = 'OFF'), 0)";
/// The same where the status is elsewhere (MySQL 8).
const READ_ONLY: &str = "SELECT @@global.read_only, 0";

pub(super) struct Mysql {
    /// One for each host; they differ in nothing else.
    hosts: Vec<Opts>,
    tls: Option<SslOpts>,
    /// A server without TLS, or with one this program cannot speak, is connected to in the clear.
    tls_is_optional: bool,
    wait: Duration,
    pub(super) ways: Ways,
}

impl Mysql {
    pub(super) fn new(hosts: &[Opts], tls: Option<&TlsWish>, wait: Duration) -> Result<Self, StoreSetupError> {
        let tls_is_optional = tls.is_some_and(|wish| wish.mode == TlsMode::Prefer);
        let tls = match tls {
            Some(wish) => ssl_opts(wish)?,
            None => hosts.first().and_then(|opts| opts.ssl_opts().cloned()),
        };
        let places = hosts.iter().map(|opts| match opts.socket() {
            Some(_) => Host::Fixed(None),
            None => Host::Name(opts.ip_or_hostname().trim_matches(['[', ']']).to_owned(), opts.tcp_port()),
        });
        Ok(Self { ways: Ways::new(places.collect()), hosts: hosts.to_vec(), tls, tls_is_optional, wait })
    }

    pub(super) fn establish(&self, role: Role) -> Result<MysqlConnection, String> {
        Handle::current()
            .block_on(self.ways.connect(async |way| self.connect(way, role).await))
            .map(MysqlConnection::from)
    }

    async fn connect(&self, way: Way, role: Role) -> Result<AsyncMysqlConnection, String> {
        let Some(opts) = self.hosts.get(way.host) else { return Err("no such host".to_owned()) };
        // Nobody listens on the way to a socket file, and the server's own client does not encrypt it either.
        let tls = if opts.socket().is_some() && self.tls_is_optional { None } else { self.tls.clone() };
        let connection = match Conn::new(self.options(opts, way, role, tls)).await {
            Err(Error::Driver(DriverError::NoClientSslFlagFromServer) | Error::Io(IoError::Tls(_)))
                if self.tls_is_optional =>
            {
                Conn::new(self.options(opts, way, role, None)).await
            }
            connected => connected,
        };
        let mut connection = connection.map_err(|error| error.to_string())?;
        if self.ways.are_many() {
            usable(&mut connection).await?;
        }
        AsyncMysqlConnection::try_from(connection).await.map_err(|error| error.to_string())
    }

    fn options(&self, opts: &Opts, way: Way, role: Role, tls: Option<SslOpts>) -> OptsBuilder {
        let lock_wait = match role {
            Role::Reader | Role::Writer => (self.wait / 2).as_secs().max(1),
            Role::Migrator => LOCK_WAIT.as_secs(),
        };
        OptsBuilder::from_opts(opts.clone())
            .resolved_ips(way.address.map(|address| vec![address]))
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

/// Of several hosts the first that can be written to is taken.
async fn usable(connection: &mut Conn) -> Result<(), String> {
    let state: Option<(bool, u64)> = match connection.query_first(STATE).await {
        Ok(state) => state,
        Err(_) => connection.query_first(READ_ONLY).await.map_err(|error| error.to_string())?,
    };
    match state {
        Some((true, _)) => Err("the server is read-only".to_owned()),
        Some((false, 0)) => Ok(()),
        _ => Err("the node is not ready: its cluster has no quorum".to_owned()),
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
