//! What an account is.

use std::fmt;

use dragoman_passwords::{Caller, Standing};

use crate::clock::Timestamp;

/// The gateway-wide number of an account: dense, from 1, below 2^53, never reused (one-domain.md N10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountNumber(pub i64);

impl fmt::Display for AccountNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What an account may do to others; ordered from least to most (one-domain.md R1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// An ordinary user.
    User,
    /// Manages users.
    Administrator,
    /// Manages administrators and users.
    SuperAdministrator,
}

impl Role {
    /// The stored form.
    pub(crate) fn to_stored(self) -> i16 {
        match self {
            Self::User => 0,
            Self::Administrator => 1,
            Self::SuperAdministrator => 2,
        }
    }

    /// Reads the stored form; what no version wrote counts as the least.
    pub(crate) fn from_stored(stored: i16) -> Self {
        match stored {
            2 => Self::SuperAdministrator,
            1 => Self::Administrator,
            _ => Self::User,
        }
    }
}

/// One live account, apart from its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number in the gateway.
    pub number: AccountNumber,
    /// An opaque text made at creation (php shows it).
    pub uuid: String,
    /// What it may do.
    pub role: Role,
    /// Cannot log in.
    pub locked: bool,
    /// medusa `show_name`, php `nickname`. Not unique, may be empty.
    pub display_name: Option<String>,
    /// proxy `description`, v1 `sign`.
    pub bio: Option<String>,
    /// The address that is shown; the one that logs in is an identity (one-domain.md E1).
    pub email: Option<String>,
    /// When it was made; unknown for some imported accounts.
    pub created_at: Option<Timestamp>,
    /// Stateless tokens issued before this Unix second are refused (one-domain.md R6).
    pub tokens_not_before: Option<i64>,
}

impl Account {
    /// One of which nothing is known but its uuid.
    pub(crate) fn nobody(uuid: String) -> Self {
        Self {
            number: AccountNumber(0),
            uuid,
            role: Role::User,
            locked: false,
            display_name: None,
            bio: None,
            email: None,
            created_at: None,
            tokens_not_before: None,
        }
    }
}

/// An account as one realm sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The account.
    pub account: Account,
    /// The number this realm shows: the imported one if there is one, else the account's own.
    pub id: i64,
    /// The name this realm knows it by, as stored.
    pub username: String,
    /// The body of the facet that was asked for, if the account has it.
    pub facet: Option<String>,
}

/// From where and for whom a use case was called, for the audit and the throttle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's network as text: an IPv4 address or an IPv6 /64.
    pub network: Option<String>,
}

impl Origin {
    /// From a place that is no network: a command line, a job of the server.
    pub fn at(place: impl Into<String>) -> Self {
        Self { network: Some(place.into()) }
    }

    /// For the hashing queue: somebody of this network.
    pub(crate) fn caller(&self, standing: Standing) -> Caller {
        Caller::new(standing, self.network.as_deref())
    }
}

/// Longest name or e-mail address in bytes (one-domain.md N4).
pub(crate) const IDENTITY_BYTES: usize = 4 * 1024;
/// Longest display name or bio in bytes (one-domain.md N4).
pub(crate) const TEXT_BYTES: usize = 64 * 1024;

/// Longest body of a facet, catalogue row or challenge in bytes; a facet may hold several texts.
pub(crate) const BODY_BYTES: usize = 1024 * 1024;

/// Whether a text of at most `bytes` can be kept by every database (one-domain.md N4, N5).
pub(crate) fn is_storable(text: &str, bytes: usize) -> bool {
    text.len() <= bytes && !text.contains('\0')
}
