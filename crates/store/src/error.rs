//! How a database failure is told to the domain, and the one place that reads error texts.

use diesel::result::{DatabaseErrorKind, Error};
use thiserror::Error as ThisError;

use super::rows::CLOSED;

/// Why a read gave nothing. The cause has been logged and goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum StoreError {
    /// The database is away, too slow or the queue is full: the same request may work later.
    #[error("the database is unavailable")]
    Unavailable,
    /// A query failed in a way that trying again does not mend.
    #[error("the database refused a query")]
    Internal,
}

/// Why a write was rolled back (or never began).
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum StoreFailure<E> {
    /// The closure refused: its own domain error, unchanged.
    #[error("refused by a domain rule")]
    Refused(E),
    /// A unique constraint was hit. Which one: read in a new transaction, not in the one that failed.
    #[error("a unique value is taken")]
    UniqueViolation,
    /// As [`StoreError::Unavailable`]. The write may have been committed if the connection was lost during COMMIT.
    #[error("the database is unavailable")]
    Unavailable,
    /// As [`StoreError::Internal`].
    #[error("the database refused a query")]
    Internal,
}

impl<E> From<StoreError> for StoreFailure<E> {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable => Self::Unavailable,
            StoreError::Internal => Self::Internal,
        }
    }
}

/// How a write closure ends early: by a domain rule, or by the database.
#[derive(Debug)]
pub enum Aborted<E> {
    /// Roll back and give this to the caller.
    Refused(E),
    /// Roll back, then retry or classify.
    Database(Error),
}

impl<E> From<Error> for Aborted<E> {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// What a diesel error means for the connection and for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A unique constraint; the connection is fine.
    Unique,
    /// Another constraint, a missing row, a value that does not convert: the query's own fault, the connection is fine.
    Query,
    /// Deadlock, serialization failure, lock timeout, busy SQLite: the same transaction may succeed at once.
    Contention,
    /// The rows have been copied to another database: they may be read here, and nothing else.
    Closed,
    /// The connection is gone; nothing is known to be wrong with the query.
    Lost,
    /// Anything else: the connection is not trusted any more.
    Unknown,
}

impl Trouble {
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::DatabaseError(kind, information) => match kind {
                DatabaseErrorKind::UniqueViolation => Self::Unique,
                DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::RestrictViolation
                | DatabaseErrorKind::ExclusionViolation => Self::Query,
                DatabaseErrorKind::SerializationFailure => Self::Contention,
                DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection => Self::Lost,
                // A standby that has not been promoted yet, or a primary that was demoted.
                DatabaseErrorKind::ReadOnlyTransaction => Self::Lost,
                _ => trouble_in(information.message()),
            },
            Error::NotFound
            | Error::QueryBuilderError(_)
            | Error::DeserializationError(_)
            | Error::SerializationError(_) => Self::Query,
            _ => Self::Unknown,
        }
    }
}

/// How a text begins when the transaction may simply be run again. Diesel gives these errors no kind of their own.
const CONTENTION: [&str; 8] = [
    "deadlock detected",                       // PostgreSQL 40P01
    "canceling statement due to lock timeout", // PostgreSQL 55P03
    "Deadlock found when trying to get lock",  // MySQL 1213
    "Lock wait timeout exceeded",              // MySQL 1205
    "Record has changed since last read",      // MariaDB 1020
    "WSREP detected deadlock",                 // Galera 1213
    "database is locked",                      // SQLITE_BUSY
    "database table is locked",                // SQLITE_LOCKED
];

/// How a text begins when the socket or the server is gone, answers too late to wait for, or cannot store anything at present.
const LOST: [&str; 17] = [
    "Input/output error",                            // mysql_async: any socket error
    "Driver error",                                  // mysql_async: closed, or the protocol is out of step
    "terminating connection",                        // PostgreSQL 57P01, 57P02, 57P05
    "the database system is",                        // PostgreSQL 57P03: starting, stopping, in recovery
    "canceling statement due to statement timeout",  // PostgreSQL 57014
    "could not extend file",                         // PostgreSQL 53100: disk full
    "Server shutdown in progress",                   // MySQL 1053
    "Connection was killed",                         // MariaDB 1927
    "MySQL server has gone away",                    // MySQL 2006, relayed by a proxy
    "The MySQL server is running with the --read-",  // MySQL 1290: demoted to a replica
    "The MariaDB server is running with the --read", // the same
    "WSREP has not yet prepared node",               // Galera 1047
    "Disk full",                                     // MySQL 1021
    "database or disk is full",                      // SQLITE_FULL
    "disk I/O error",                                // SQLITE_IOERR
    "unable to open database file",                  // SQLITE_CANTOPEN
    "database disk image is malformed",              // SQLITE_CORRUPT: a new connection reads the file afresh
];

/// The only reading of an error's text in this crate (one-domain.md 5, "After a database restart"). The connections ask for English
/// messages; a text that begins otherwise costs a connection, never correctness. Only the beginning counts: a value that a client sent
/// can stand further on.
fn trouble_in(message: &str) -> Trouble {
    if message.starts_with(CLOSED) {
        Trouble::Closed
    } else if CONTENTION.iter().any(|text| message.starts_with(text)) {
        Trouble::Contention
    } else if LOST.iter().any(|text| message.starts_with(text)) {
        Trouble::Lost
    } else {
        Trouble::Unknown
    }
}

/// An error's text for the log.
pub(super) fn loggable(error: &Error) -> String {
    without_values(&error.to_string())
}

/// A text without what a client sent: MySQL quotes the offending value in messages of some kinds; those are cut before it.
pub(super) fn without_values(text: &str) -> String {
    let quotes_a_value = ["Incorrect ", "Truncated ", "Duplicate "].iter().any(|start| text.contains(start));
    match text.split_once('\'') {
        Some((before, _)) if quotes_a_value => format!("{before}..."),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(message: &str) -> Error {
        Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()))
    }

    #[test]
    fn only_the_beginning_of_a_text_decides() {
        assert_eq!(Trouble::of(&unknown("database is locked")), Trouble::Contention);
        assert_eq!(Trouble::of(&unknown("Driver error: `Connection to the server is closed.'")), Trouble::Lost);
        // A name that a client chose must not make its own failure look like a deadlock.
        let quoted = "Incorrect string value: 'Deadlock found when trying to get lock' for column value";
        assert_eq!(Trouble::of(&unknown(quoted)), Trouble::Unknown);
    }

    #[test]
    fn a_value_in_a_message_is_not_logged() {
        let text = loggable(&unknown("Incorrect string value: 'hunter2' for column `d`.`t`.`c`"));
        assert!(text.starts_with("Incorrect string value") && !text.contains("hunter2"), "{text}");
        assert_eq!(loggable(&unknown("Table 'd.t' doesn't exist")), "Table 'd.t' doesn't exist");
    }
}
