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

/// Whether the server is a node of a Galera cluster; others do not know the variable, or it is off.
const IS_GALERA: &str = "SELECT @@global.wsrep_on";
const UNKNOWN_VARIABLE: u16 = 1193;
/// Without quorum a node lets everybody in and answers `SELECT 1`; this it answers too, on every version.
const IS_READY: &str = "SHOW GLOBAL STATUS LIKE 'wsrep_ready'";
/// What a node is to its cluster: 4 is in step, 2 helps another one to join.
const STATE: &str = "SHOW GLOBAL STATUS LIKE 'wsrep_local_state'";
const IN_STEP: &str = "4";
const NOT_IN_STEP: &str = "the node is not in step with its cluster";
/// A node shows what another one has acknowledged a moment later; with this a read, and a BEGIN, waits until it does.
const CAUSAL: &str = "SET SESSION wsrep_sync_wait = @@session.wsrep_sync_wait | 1";

/// Which nodes of a cluster are good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Not one that hands its data to another one that joins, or is behind: it may take no write for as long as that lasts.
    InStep,
    /// Any that says it can be worked with.
    Ready,
}

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

    pub(super) fn establish(&self, role: Role) -> Result<(usize, MysqlConnection), String> {
        let (host, connection) =
            Handle::current().block_on(self.reach(async |way, wanted| self.connect(way, role, wanted).await))?;
        Ok((host, connection.into()))
    }

    /// A connection outside diesel, for whoever moves rows.
    pub(super) async fn plain(&self, role: Role) -> Result<Conn, String> {
        let reached = self.reach(async |way, wanted| self.connect_plainly(way, role, wanted).await).await;
        reached.map(|(_, connection)| connection)
    }

    /// A node in step if there is one, else whichever takes writes.
    async fn reach<T>(&self, attempt: impl AsyncFn(Way, Wanted) -> Result<T, String>) -> Result<(usize, T), String> {
        let first = if self.ways.are_many() { Wanted::InStep } else { Wanted::Ready };
        match self.ways.connect(async |way| attempt(way, first).await).await {
            Err(causes) if causes.contains(NOT_IN_STEP) => {
                self.ways.connect(async |way| attempt(way, Wanted::Ready).await).await
            }
            outcome => outcome,
        }
    }

    async fn connect(&self, way: Way, role: Role, wanted: Wanted) -> Result<AsyncMysqlConnection, String> {
        let connection = self.connect_plainly(way, role, wanted).await?;
        AsyncMysqlConnection::try_from(connection).await.map_err(|error| error.to_string())
    }

    async fn connect_plainly(&self, way: Way, role: Role, wanted: Wanted) -> Result<Conn, String> {
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
            takes_writes(&mut connection).await?;
        }
        join_cluster(&mut connection, wanted).await?;
        Ok(connection)
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
async fn takes_writes(connection: &mut Conn) -> Result<(), String> {
    match connection.query_first("SELECT @@global.read_only").await {
        Ok(Some(true)) => Err("the server is read-only".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// On a node of a Galera cluster: refuses one that has lost the others, and makes the session read what any of them has acknowledged.
async fn join_cluster(connection: &mut Conn, wanted: Wanted) -> Result<(), String> {
    match connection.query_first(IS_GALERA).await {
        Ok(Some(true)) => {}
        Ok(_) => return Ok(()),
        Err(Error::Server(error)) if error.code == UNKNOWN_VARIABLE => return Ok(()),
        Err(error) => return Err(error.to_string()),
    }
    let ready: Option<(String, String)> = connection.query_first(IS_READY).await.map_err(|error| error.to_string())?;
    if ready.is_some_and(|(_, value)| value != "ON") {
        return Err("the node is not ready: its cluster has no quorum".to_owned());
    }
    if wanted == Wanted::InStep {
        let state: Option<(String, String)> = connection.query_first(STATE).await.map_err(|error| error.to_string())?;
        if state.is_some_and(|(_, value)| value != IN_STEP) {
            return Err(NOT_IN_STEP.to_owned());
        }
    }
    connection.query_drop(CAUSAL).await.map_err(|error| error.to_string())
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
