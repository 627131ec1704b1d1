//! The one database of a store, and how to connect to it.

use std::time::Duration;

use super::config::StoreSetupError;
use super::connection::Connection;
use super::lane::Role;
use super::mysql::Mysql;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::url::{DatabaseUrl, Place};

/// How long one attempt to connect may take; a silent host would otherwise hold a thread for minutes.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(3);

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
            Place::Mysql(opts, tls) => Self::Mysql(Mysql::new(opts, tls.as_ref(), wait)?),
        })
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
