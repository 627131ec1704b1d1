//! The databases a test runs on.

use std::env;

/// A database server tests can make databases on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// Always there.
    Sqlite,
    /// The URL of a PostgreSQL server where databases may be created.
    Postgres(String),
    /// The URL of a MySQL or MariaDB server where databases may be created.
    Mysql(String),
}

impl Backend {
    /// How it is called in the names of tests.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgres",
            Self::Mysql(_) => "mysql",
        }
    }
}

/// SQLite, and the servers named by `DRAGOMAN_TEST_POSTGRES_URL` and `DRAGOMAN_TEST_MYSQL_URL` (`scripts/test` sets them).
pub fn backends() -> Vec<Backend> {
    let postgres = env::var("DRAGOMAN_TEST_POSTGRES_URL").ok().map(Backend::Postgres);
    let mysql = env::var("DRAGOMAN_TEST_MYSQL_URL").ok().map(Backend::Mysql);
    std::iter::once(Backend::Sqlite).chain(postgres).chain(mysql).collect()
}
