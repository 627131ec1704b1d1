//! How the domain fares: what this process knows by itself, and what has to be counted in the database.

use dragoman_store::StoreReport;

use crate::{
    AccountError, Accounts, LoginOutcome,
    queries::{census, counters},
};

/// What this process knows without asking the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vitals {
    /// Passwords that wait for a hashing thread.
    pub hashing_waiting: usize,
    /// Passwords that are being hashed.
    pub hashing_running: usize,
    /// Passwords that may wait.
    pub hashing_capacity: usize,
    /// Threads that hash.
    pub hashing_threads: usize,
    /// The threads that own database connections.
    pub store: StoreReport,
    /// Dialect, outcome and number since the start.
    pub logins: Vec<(&'static str, LoginOutcome, u64)>,
    /// Rows purged since the start.
    pub purged: u64,
}

/// What is counted in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Census {
    /// Live accounts.
    pub accounts: i64,
    /// Token rows of each dialect.
    pub sessions: Vec<(String, i64)>,
    /// Captchas, codes, permits.
    pub challenges: i64,
    /// Counters of failed attempts, and networks that are known.
    pub throttles: i64,
    /// Mails of each state, by its name: `queued`, `sending`, `sent`, `dead`.
    pub mails: Vec<(&'static str, i64)>,
}

impl Accounts {
    /// How the process fares.
    pub fn vitals(&self) -> Vitals {
        let hashing = &self.inner.hashing;
        Vitals {
            hashing_waiting: hashing.waiting(),
            hashing_running: hashing.running(),
            hashing_capacity: hashing.capacity(),
            hashing_threads: hashing.threads(),
            store: self.inner.store.report(),
            logins: self.inner.activity.logins(),
            purged: self.inner.activity.purged(),
        }
    }

    /// Counts rows: reads an index of each table, so not for every request.
    pub async fn census(&self) -> Result<Census, AccountError> {
        self.read(|connection| {
            Ok(Census {
                accounts: counters::value(connection, counters::LIVE_ACCOUNTS)?,
                sessions: census::sessions(connection)?,
                challenges: census::challenges(connection)?,
                throttles: census::throttles(connection)?,
                mails: census::mails(connection)?,
            })
        })
        .await
    }
}
