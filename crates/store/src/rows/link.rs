//! A connection for rows, and the few things that are asked of all three engines alike.

use super::error::RowsError;
use super::{mysql, postgres, sqlite};
use crate::role::Role;
use crate::target::Target;

pub(super) enum Link {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client),
    Mysql(mysql_async::Conn),
}

impl Link {
    /// Without limits on how long a statement may take: tables are read and written whole.
    pub(super) async fn open(target: &Target) -> Result<Self, RowsError> {
        let opened = match target {
            Target::Sqlite(sqlite) => sqlite.plain().map(Self::Sqlite),
            Target::Postgres(postgres) => postgres.plain(Role::Migrator).await.map(Self::Postgres),
            Target::Mysql(mysql) => mysql.plain(Role::Migrator).await.map(Self::Mysql),
        };
        opened.map_err(RowsError::Connect)
    }

    /// Ends it. MySQL's driver would otherwise do so whenever the runtime finds the time.
    pub(super) async fn close(self) {
        if let Self::Mysql(connection) = self {
            // It is gone either way.
            let _ = connection.disconnect().await;
        }
    }

    /// Runs statements; `sql` holds those for SQLite, PostgreSQL and MySQL.
    pub(super) async fn execute(&mut self, [on_sqlite, on_postgres, on_mysql]: [&str; 3]) -> Result<(), RowsError> {
        match self {
            Self::Sqlite(c) => sqlite::execute(c, on_sqlite),
            Self::Postgres(c) => postgres::execute(c, on_postgres).await,
            Self::Mysql(c) => mysql::execute(c, on_mysql).await,
        }
    }

    /// Whether a query gives a row.
    pub(super) async fn has_row(&mut self, [on_sqlite, on_postgres, on_mysql]: [&str; 3]) -> Result<bool, RowsError> {
        match self {
            Self::Sqlite(c) => sqlite::has_row(c, on_sqlite),
            Self::Postgres(c) => postgres::has_row(c, on_postgres).await,
            Self::Mysql(c) => mysql::has_row(c, on_mysql).await,
        }
    }

    /// The text that a query gives, if it gives any.
    pub(super) async fn first_text(&mut self, sql: &str) -> Result<Option<String>, RowsError> {
        match self {
            Self::Sqlite(c) => sqlite::first_text(c, sql),
            Self::Postgres(c) => postgres::first_text(c, sql).await,
            Self::Mysql(c) => mysql::first_text(c, sql).await,
        }
    }
}
