//! The one database of a store, and how to connect to it.

use std::sync::Arc;
use std::time::Duration;

use super::connection::Connection;
use super::mysql::Mysql;
use super::postgres::Postgres;
use super::role::Role;
use super::setup_error::StoreSetupError;
use super::sqlite::Sqlite;
use super::standing::Standing;
use super::url::{DatabaseUrl, Place};

pub(super) enum Target {
    Sqlite(Sqlite),
    Postgres(Postgres),
    Mysql(Mysql),
}

impl Target {
    /// `wait` is how long one operation may take; the servers are told to give up statements and locks by then.
    pub(super) fn new(url: &DatabaseUrl, wait: Duration) -> Result<Self, StoreSetupError> {
        Ok(match &url.place {
            Place::Sqlite(path) => Self::Sqlite(Sqlite::new(path)),
            Place::Postgres(config, tls) => Self::Postgres(Postgres::new(config, tls, wait)?),
            Place::Mysql(hosts, tls) => Self::Mysql(Mysql::new(hosts, tls.as_ref(), wait)?),
        })
    }

    /// Whether there is another host to go to.
    pub(super) fn has_many_hosts(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(postgres) => postgres.ways.are_many(),
            Self::Mysql(mysql) => mysql.ways.are_many(),
        }
    }

    /// What its threads know of its hosts. SQLite's only one is never left.
    pub(super) fn standing(&self) -> &Arc<Standing> {
        match self {
            Self::Sqlite(sqlite) => &sqlite.standing,
            Self::Postgres(postgres) => &postgres.ways.standing,
            Self::Mysql(mysql) => &mysql.ways.standing,
        }
    }

    /// Whether a thread that writes may read, and the other way round: connections differ in nothing then.
    pub(super) fn is_server(&self) -> bool {
        !matches!(self, Self::Sqlite(_))
    }

    /// A connection set up for `role` with the host it leads to, or why there is none. Blocks the calling database thread, which has
    /// entered the store's runtime.
    pub(super) fn establish(&self, role: Role) -> Result<(usize, Connection), String> {
        Ok(match self {
            Self::Sqlite(sqlite) => (0, Connection::Sqlite(sqlite.establish(role)?.into())),
            Self::Postgres(postgres) => {
                let (host, connection) = postgres.establish(role)?;
                (host, Connection::Postgres(connection.into()))
            }
            Self::Mysql(mysql) => {
                let (host, connection) = mysql.establish(role)?;
                (host, Connection::Mysql(connection.into()))
            }
        })
    }
}
