//! What this process has done since it started, counted for whoever watches it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::AccountError;

/// How a login ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LoginOutcome {
    /// With the account.
    Right,
    /// Wrong password or code, or nobody of that name.
    Wrong,
    /// Refused after too many failures; the password was not looked at.
    Throttled,
    /// The account is locked.
    Locked,
    /// No room in the hashing queue.
    Busy,
    /// The database was away, or a fault of ours.
    Failed,
}

impl LoginOutcome {
    /// Every one.
    pub const ALL: [Self; 6] = [Self::Right, Self::Wrong, Self::Throttled, Self::Locked, Self::Busy, Self::Failed];

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Throttled => "throttled",
            Self::Locked => "locked",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn of<T>(result: &Result<T, AccountError>) -> Self {
        match result {
            Ok(_) => Self::Right,
            Err(
                AccountError::UnknownAccount
                | AccountError::WrongPassword
                | AccountError::UnknownChallenge
                | AccountError::ExpiredChallenge
                | AccountError::WrongAnswer,
            ) => Self::Wrong,
            Err(AccountError::Throttled) => Self::Throttled,
            Err(AccountError::Locked { .. } | AccountError::Forbidden) => Self::Locked,
            Err(AccountError::Busy) => Self::Busy,
            Err(_) => Self::Failed,
        }
    }
}

/// Counters of one process.
#[derive(Default)]
pub(crate) struct Activity {
    logins: RwLock<BTreeMap<&'static str, [AtomicU64; LoginOutcome::ALL.len()]>>,
    purged: AtomicU64,
}

impl Activity {
    pub fn count_login(&self, dialect: &'static str, outcome: LoginOutcome) {
        let add = |counters: &[AtomicU64]| {
            if let Some(counter) = counters.get(outcome as usize) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        };
        if let Some(counters) = self.logins.read().unwrap_or_else(PoisonError::into_inner).get(dialect) {
            return add(counters);
        }
        add(self.logins.write().unwrap_or_else(PoisonError::into_inner).entry(dialect).or_default());
    }

    pub fn count_purged(&self, rows: usize) {
        self.purged.fetch_add(u64::try_from(rows).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub fn purged(&self) -> u64 {
        self.purged.load(Ordering::Relaxed)
    }

    /// Dialect, outcome and number of every kind of login there was.
    pub fn logins(&self) -> Vec<(&'static str, LoginOutcome, u64)> {
        let logins = self.logins.read().unwrap_or_else(PoisonError::into_inner);
        let of_dialect = |(dialect, counters): (&&'static str, &[AtomicU64; LoginOutcome::ALL.len()])| {
            let dialect = *dialect;
            let numbers: Vec<u64> = counters.iter().map(|counter| counter.load(Ordering::Relaxed)).collect();
            LoginOutcome::ALL.into_iter().zip(numbers).map(move |(outcome, number)| (dialect, outcome, number))
        };
        logins.iter().flat_map(of_dialect).collect()
    }
}
