//! What a database server says of itself.

use diesel::deserialize::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryResult, RunQueryDsl, sql_query};

use super::connection::Connection;

const POSTGRES: &str =
    "SELECT CAST(version() AS TEXT) AS version, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS millis";
const MYSQL: &str =
    "SELECT CAST(version() AS CHAR) AS version, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS millis";

/// What a database server says of itself.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct ServerFacts {
    /// Its name and version, in its own words.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// Its clock, in milliseconds since the Unix epoch.
    #[diesel(sql_type = BigInt)]
    pub millis: i64,
}

/// `None`: the engine is in this process.
pub(super) fn ask(connection: &mut Connection) -> QueryResult<Option<ServerFacts>> {
    match connection {
        Connection::Sqlite(_) => Ok(None),
        Connection::Postgres(c) => sql_query(POSTGRES).get_result(c).map(Some),
        Connection::Mysql(c) => sql_query(MYSQL).get_result(c).map(Some),
    }
}
