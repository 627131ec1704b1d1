//! What became of a transaction whose COMMIT had no answer: a row that is committed with it, or not at all, tells.
//!
//! Whoever wants to know writes the same row again, on whichever node answers. If it is there, the transaction was committed; if it is
//! not, the transaction can never be committed any more, because its own row would be the second. So the job may be run again, and no
//! write is applied twice. Each database thread has one row, which it renames at every transaction.
//!
//! The answer to that question may be lost like any other. A row of the asker's is therefore followed by a second one, which says whose
//! it is: found later, it is not taken for the transaction's.

use diesel::connection::SimpleConnection;
use diesel::deserialize::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{dsl::now, sql_query};

use super::connection::Connection;
use super::error::Trouble;
use crate::on;

diesel::table! {
    dragoman_commits (id) {
        id -> Text,
        at -> Timestamp,
    }
}
use self::dragoman_commits::{at, id, table};

const POSTGRES_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS dragoman_commits (id VARCHAR(64) NOT NULL PRIMARY KEY, at TIMESTAMP NOT NULL)";
const MYSQL_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS dragoman_commits (id VARCHAR(64) NOT NULL PRIMARY KEY, at DATETIME NOT NULL)
     ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin";
/// Rows of threads that have ended: no transaction is in doubt for days.
const FORGET: &str = "DELETE FROM dragoman_commits WHERE at < CURRENT_TIMESTAMP - INTERVAL '2' DAY";

/// Both also ask whether the table is there.
const POSTGRES_NAME: &str =
    "SELECT CAST(gen_random_uuid() AS TEXT) AS name WHERE (SELECT COUNT(*) FROM dragoman_commits WHERE id = '') = 0";
const MYSQL_NAME: &str =
    "SELECT UUID() AS name FROM dual WHERE (SELECT COUNT(*) FROM dragoman_commits WHERE id = '') = 0";

/// The marks of one database thread.
pub(super) struct Marks {
    thread: String,
    serial: u64,
    /// The row as the last transaction left it.
    held: Option<String>,
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Committed,
    /// And it never will be.
    Undone,
}

#[derive(QueryableByName)]
struct Thread {
    #[diesel(sql_type = Text)]
    name: String,
}

impl Marks {
    /// `None` where there is nothing to be in doubt about (SQLite), or the table is not there yet.
    pub(super) fn new(connection: &mut Connection) -> Option<Self> {
        let found: QueryResult<Thread> = match connection {
            Connection::Sqlite(_) => return None,
            Connection::Postgres(c) => sql_query(POSTGRES_NAME).get_result(c),
            Connection::Mysql(c) => sql_query(MYSQL_NAME).get_result(c),
        };
        match found {
            Ok(Thread { name }) => Some(Self { thread: name, serial: 0, held: None }),
            Err(error) => {
                tracing::debug!(%error, "the outcome of a lost COMMIT cannot be found out on this connection");
                None
            }
        }
    }

    /// A transaction begins: from now on its mark is what is asked for, whether it is ever written or not.
    pub(super) fn begin(&mut self) {
        self.serial += 1;
    }

    /// Marks the transaction that is under way: the last thing before its COMMIT.
    pub(super) fn write(&mut self, connection: &mut Connection) -> QueryResult<()> {
        let mark = self.current();
        if let Some(held) = &self.held {
            let renamed = on!(&mut *connection, c => diesel::update(table.find(held)).set((id.eq(&mark), at.eq(now))).execute(c))?;
            if renamed == 1 {
                return Ok(());
            }
        }
        insert(connection, &[&mark])
    }

    /// The transaction begun last has been committed.
    pub(super) fn keep(&mut self) {
        self.held = Some(self.current());
    }

    /// What became of the transaction begun last; `None`: nobody knows yet, ask again. Waits while its server still works on it.
    pub(super) fn clear_up(&mut self, connection: &mut Connection) -> QueryResult<Option<Fate>> {
        let (mark, undone) = (self.current(), format!("{}-undone", self.current()));
        let fate = match insert(connection, &[&mark, &undone]) {
            Ok(()) => Some(Fate::Undone),
            Err(error) if Trouble::of(&error) == Trouble::Unique => {
                // Written once more, what was found is as safe as any other commit: a primary may show a row that its standbys do not
                // have yet.
                if renew(connection, &undone)? {
                    Some(Fate::Undone)
                } else {
                    renew(connection, &mark)?.then_some(Fate::Committed)
                }
            }
            Err(error) => return Err(error),
        };
        if fate.is_some() {
            self.keep();
        }
        Ok(fate)
    }

    fn current(&self) -> String {
        format!("{}-{}", self.thread, self.serial)
    }
}

/// Makes the table, and forgets the marks of threads that ended long ago.
pub(super) fn prepare_postgres(connection: &mut impl SimpleConnection) -> QueryResult<()> {
    connection.batch_execute(POSTGRES_TABLE)?;
    connection.batch_execute(FORGET)
}

/// The same on MySQL and MariaDB.
pub(super) fn prepare_mysql(connection: &mut impl SimpleConnection) -> QueryResult<()> {
    connection.batch_execute(MYSQL_TABLE)?;
    connection.batch_execute(FORGET)
}

/// In one statement: all of them are there, or none.
fn insert(connection: &mut Connection, marks: &[&str]) -> QueryResult<()> {
    let rows: Vec<_> = marks.iter().map(|&mark| (id.eq(mark), at.eq(now))).collect();
    match connection {
        // No marks are made there.
        Connection::Sqlite(_) => Ok(()),
        Connection::Postgres(c) => diesel::insert_into(table).values(&rows).execute(c).map(drop),
        Connection::Mysql(c) => diesel::insert_into(table).values(&rows).execute(c).map(drop),
    }
}

/// Whether the mark is there.
fn renew(connection: &mut Connection, mark: &str) -> QueryResult<bool> {
    on!(connection, c => diesel::update(table.find(mark)).set(at.eq(now)).execute(c)).map(|renewed| renewed == 1)
}
