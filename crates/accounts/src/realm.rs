//! Whose names a mount sees.

use std::sync::Arc;

use crate::{ThrottlePolicy, identity::EVERYWHERE};

/// The part of the account domain a mounted dialect looks at: its dialect name, the scope of its own names, and how it compares them.
#[derive(Debug, Clone)]
pub struct Realm {
    /// The dialect's name, as sessions, challenges and the audit record it. Opaque here.
    pub dialect: &'static str,
    /// The mount's scope (default: the dialect's name). Names in it shadow the names that count everywhere.
    pub scope: Arc<str>,
    /// How names are looked up.
    pub names: NameMatching,
    /// Which accounts may use this mount.
    pub admits: Admission,
    /// Its tokens are signed, not stored, and ended by a not-before second on the account (one-domain.md R6).
    pub stateless_tokens: bool,
    /// How failed logins are limited; `None`: not at all.
    pub throttle: Option<ThrottlePolicy>,
}

impl Realm {
    /// Where the names of accounts made here count.
    pub(crate) fn scope_of_new_names(&self) -> &str {
        match self.admits {
            Admission::Everywhere => EVERYWHERE,
            Admission::Own => &self.scope,
        }
    }
}

/// How a realm compares names; see one-domain.md N1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameMatching {
    /// Byte for byte.
    Exact,
    /// Byte for byte first, then by folded key.
    CaseBlind,
}

/// Which accounts a realm lets in; see one-domain.md R11.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Admission {
    /// Accounts of every dialect.
    #[default]
    Everywhere,
    /// Only accounts with a name in the realm's own scope.
    Own,
}
