//! The one database of a store, and how to connect to it.

use std::time::Duration;

use super::connection::Connection;
use super::mysql::Mysql;
use super::postgres::Postgres;
use super::role::Role;
use super::setup_error::StoreSetupError;
use super::sqlite::Sqlite;
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

    /// The host that every connection should lead to now, by its place in the URL.
    pub(super) fn preferred_host(&self) -> usize {
        match self {
            Self::Sqlite(_) => 0,
            Self::Postgres(postgres) => postgres.ways.preferred(),
            Self::Mysql(mysql) => mysql.ways.preferred(),
        }
    }

    /// Whether a thread that writes may read, and the other way round: connections differ in nothing then.
    pub(super) fn is_server(&self) -> bool {
        !matches!(self, Self::Sqlite(_))
    }

    /// A connection set up for `role`, or why there is none. Blocks the calling database thread, which has entered the store's runtime.
    pub(super) fn establish(&self, role: Role) -> Result<Connection, String> {
        match self {
            Self::Sqlite(sqlite) => sqlite.establish(role).map(Connection::Sqlite),
            Self::Postgres(postgres) => postgres.establish(role).map(Connection::Postgres),
            Self::Mysql(mysql) => mysql.establish(role).map(Connection::Mysql),
        }
    }
}
