//! The lock between processes that migrate one MySQL or MariaDB database: a row that expires, taken by a conditional update.
//!
//! Not `GET_LOCK`: each node of a Galera cluster grants that by itself, while a row has one holder on all of them. Its holder renews it
//! before each migration; of one that died it is free again after [`HELD_FOR`].

use std::thread;
use std::time::{Duration, Instant};

use diesel::deserialize::QueryableByName;
use diesel::sql_types::Text;
use diesel::{QueryResult, RunQueryDsl, sql_query};

use super::connection::MysqlConnection;
use super::error::Trouble;
use super::limits::LOCK_WAIT;

const HELD_FOR: Duration = Duration::from_secs(60);
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

const TABLE: &str = "CREATE TABLE IF NOT EXISTS dragoman_locks (
    name VARCHAR(64) NOT NULL PRIMARY KEY,
    holder VARCHAR(64) NOT NULL,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin";
const ROW: &str = "INSERT IGNORE INTO dragoman_locks (name, holder, expires_at) VALUES ('migrations', '', 0)";
/// The server's clock, in milliseconds: those of the replicas do not matter.
const NOW: &str = "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";

/// The lock while it is held.
pub(super) struct MigrationLock {
    holder: String,
}

#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = Text)]
    holder: String,
}

impl MigrationLock {
    /// Waits for the lock, [`LOCK_WAIT`] at most; `None`: somebody else holds it all the time.
    pub(super) fn take(connection: &mut MysqlConnection) -> QueryResult<Option<Self>> {
        sql_query(TABLE).execute(connection)?;
        let Holder { holder } = sql_query("SELECT UUID() AS holder").get_result(connection)?;
        let lock = Self { holder };
        let limit = Instant::now() + LOCK_WAIT;
        loop {
            match lock.try_take(connection) {
                Ok(true) => return Ok(Some(lock)),
                Ok(false) => {}
                // Two nodes that let somebody take it at once: one of them is told so here.
                Err(error) if Trouble::of(&error) == Trouble::Contention => {}
                Err(error) => return Err(error),
            }
            if Instant::now() > limit {
                return Ok(None);
            }
            thread::sleep(BETWEEN_TRIES);
        }
    }

    fn try_take(&self, connection: &mut MysqlConnection) -> QueryResult<bool> {
        sql_query(ROW).execute(connection)?;
        self.update(connection, &format!("name = 'migrations' AND expires_at < {NOW}"))
    }

    /// Holds it for another while; `false`: it was lost meanwhile.
    pub(super) fn renew(&self, connection: &mut MysqlConnection) -> QueryResult<bool> {
        self.update(connection, &format!("name = 'migrations' AND holder = '{}'", self.holder))
    }

    fn update(&self, connection: &mut MysqlConnection, condition: &str) -> QueryResult<bool> {
        let statement = format!(
            "UPDATE dragoman_locks SET holder = '{}', expires_at = {NOW} + {} WHERE {condition}",
            self.holder,
            HELD_FOR.as_millis()
        );
        Ok(sql_query(statement).execute(connection)? == 1)
    }

    pub(super) fn release(self, connection: &mut MysqlConnection) -> QueryResult<()> {
        let statement = format!("UPDATE dragoman_locks SET expires_at = 0 WHERE holder = '{}'", self.holder);
        sql_query(statement).execute(connection).map(drop)
    }
}
