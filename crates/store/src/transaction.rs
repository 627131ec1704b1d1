//! One job on one connection: alone, or in a transaction over whichever engine it is.
//!
//! Diesel's own `transaction` would hand the closure the concrete connection; the closures here want the enum.

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::Error;

use super::commit_mark::Marks;
use super::connection::Connection;
use super::error::Trouble;
use super::job::{Job, Verdict};
use crate::on;

/// How an attempt ended.
pub(super) enum Outcome {
    /// The job's result may be delivered.
    Done,
    /// The same, but do not use the connection again.
    DoneButBroken,
    /// BEGIN failed.
    NotBegun(Error),
    /// The query failed and nothing was stored.
    RolledBack(Error),
    /// The end of the transaction is unknown: neither COMMIT nor ROLLBACK was acknowledged. Its mark tells.
    Broken(Error),
}

/// Without a transaction: each statement stands alone.
pub(super) fn run_alone(job: &mut Job, connection: &mut Connection) -> Outcome {
    match job.run(connection) {
        Verdict::Kept | Verdict::Refused => Outcome::Done,
        Verdict::Failed(error) => Outcome::RolledBack(error),
    }
}

/// In a transaction that is committed, with its mark, if the closure kept its work, else rolled back.
pub(super) fn run_in_transaction(job: &mut Job, connection: &mut Connection, mut marks: Option<&mut Marks>) -> Outcome {
    if let Some(marks) = marks.as_deref_mut() {
        marks.begin();
    }
    if let Err(error) = begin(connection) {
        return Outcome::NotBegun(error);
    }
    // BEGIN may have waited for another process longer than the caller did, who was told that nothing is stored.
    if !job.is_awaited() {
        return if rollback(connection).is_ok() { Outcome::Done } else { Outcome::DoneButBroken };
    }
    match job.run(connection) {
        Verdict::Kept => commit_marked(connection, marks),
        Verdict::Refused => match rollback(connection) {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::DoneButBroken,
        },
        Verdict::Failed(error) => roll_back_after(connection, error),
    }
}

fn commit_marked(connection: &mut Connection, mut marks: Option<&mut Marks>) -> Outcome {
    if let Some(marks) = marks.as_deref_mut()
        && let Err(error) = marks.write(connection)
    {
        return roll_back_after(connection, error);
    }
    match commit(connection) {
        Ok(()) => {
            if let Some(marks) = marks {
                marks.keep();
            }
            Outcome::Done
        }
        // Galera and serializable engines settle conflicts here, and say that they stored nothing.
        Err(error) if Trouble::of(&error) == Trouble::Contention => roll_back_after(connection, error),
        Err(error) => Outcome::Broken(error),
    }
}

fn roll_back_after(connection: &mut Connection, error: Error) -> Outcome {
    match rollback(connection) {
        // PostgreSQL's and SQLite's managers have rolled back by themselves after some errors.
        Ok(()) | Err(Error::NotInTransaction) => Outcome::RolledBack(error),
        // The connection is gone, and with it the transaction: it was never committed.
        Err(_) => Outcome::Broken(error),
    }
}

fn begin(connection: &mut Connection) -> QueryResult<()> {
    match connection {
        // A deferred transaction that turns to writing fails at once when another wrote meanwhile (one-domain.md 5, "SQLite").
        Connection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c.inner(), "BEGIN IMMEDIATE"),
        Connection::Postgres(c) => begin_on(c),
        Connection::Mysql(c) => begin_on(c),
    }
}

fn commit(connection: &mut Connection) -> QueryResult<()> {
    on!(connection, c => commit_on(c))
}

fn rollback(connection: &mut Connection) -> QueryResult<()> {
    on!(connection, c => rollback_on(c))
}

fn begin_on<C: diesel::Connection>(connection: &mut C) -> QueryResult<()> {
    C::TransactionManager::begin_transaction(connection)
}

fn commit_on<C: diesel::Connection>(connection: &mut C) -> QueryResult<()> {
    C::TransactionManager::commit_transaction(connection)
}

fn rollback_on<C: diesel::Connection>(connection: &mut C) -> QueryResult<()> {
    C::TransactionManager::rollback_transaction(connection)
}
