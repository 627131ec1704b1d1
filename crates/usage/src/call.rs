//! What is counted apart.

use std::sync::Arc;

use crate::client::Client;

/// The route of what no route of the dialect answers.
pub const OTHER_ROUTE: &str = "(other)";

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// The day (UTC) of an instant, both since the Unix epoch.
pub const fn day_of(millis: i64) -> i64 {
    millis.div_euclid(DAY_MILLIS)
}

/// When a day begins.
pub(crate) const fn start_of(day: i64) -> i64 {
    day.saturating_mul(DAY_MILLIS)
}

/// Who asked, as far as the old protocol tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// Nobody that was logged in.
    Nobody,
    /// An account, by its number.
    Account(i64),
    /// Accounts that are not told apart any more.
    Others,
}

/// No account has it.
const OTHERS: i64 = -1;

impl Caller {
    pub(crate) fn to_row(self) -> Option<i64> {
        match self {
            Self::Nobody => None,
            Self::Account(number) => Some(number),
            Self::Others => Some(OTHERS),
        }
    }

    pub(crate) fn of_row(account: Option<i64>) -> Self {
        match account {
            None => Self::Nobody,
            Some(OTHERS) => Self::Others,
            Some(number) => Self::Account(number),
        }
    }
}

/// What requests have in common that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// The URL prefix of the mount.
    pub mount: Arc<str>,
    /// The route's pattern as the contract writes it, or [`OTHER_ROUTE`].
    pub route: &'static str,
    /// The program.
    pub client: Client,
    /// The account.
    pub caller: Caller,
}

impl Call {
    /// Under which names it may be counted: its own, and then ever coarser ones. For the last there is always room: there
    /// are as many as routes.
    pub(crate) fn names(&self) -> [Self; 4] {
        let other_client = Self { client: Client::other(), ..self.clone() };
        let others = Self { caller: Caller::Others, ..self.clone() };
        [self.clone(), other_client, others, self.coarsest()]
    }

    pub(crate) fn coarsest(&self) -> Self {
        Self { client: Client::other(), caller: Caller::Others, ..self.clone() }
    }

    pub(crate) fn is_coarsest(&self) -> bool {
        self.caller == Caller::Others && self.client == Client::other()
    }
}

/// Requests of one day that are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// What they have in common.
    pub call: Call,
    /// How many.
    pub requests: i64,
    /// The first, in milliseconds since the Unix epoch.
    pub first_at: i64,
    /// The last; of the same day.
    pub last_at: i64,
}

impl Counted {
    /// One request.
    pub fn one(call: Call, at: i64) -> Self {
        Self { call, requests: 1, first_at: at, last_at: at }
    }

    pub(crate) fn day(&self) -> i64 {
        day_of(self.last_at)
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.first_at = self.first_at.min(other.first_at);
        self.last_at = self.last_at.max(other.last_at);
    }
}
