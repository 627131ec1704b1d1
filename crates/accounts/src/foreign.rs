//! What the tables of an old deployment turn out to hold, before anything is decided about it.

use std::ops::ControlFlow;

use crate::{ImportedAccount, clock::Timestamp};

/// One thing found in an old deployment.
pub enum Foreign {
    /// An account.
    Account(Box<ForeignAccount>),
    /// A row it published beside its accounts, for the catalogue of its scope.
    Row {
        /// Its number.
        number: i64,
        /// The dialect's text of it.
        body: String,
    },
    /// A setting without which old clients would notice: for the dialect's section of `dragoman.toml`.
    Setting {
        /// The key in that section.
        key: String,
        /// The value as TOML writes it.
        value: String,
        /// Why it matters.
        reason: &'static str,
    },
    /// Rows that are left out on purpose, or a doubt somebody should know of: wants to be accepted.
    Warning {
        /// Where in the source, if at one place.
        place: String,
        /// What.
        what: String,
    },
    /// A row that cannot be read: nothing is imported until that is settled.
    Wrong {
        /// Where in the source.
        place: String,
        /// What.
        what: String,
    },
}

/// An account of an old deployment.
pub struct ForeignAccount {
    /// What the source calls it, for ever: its number, or its name where numbers are not kept.
    pub key: String,
    /// Where in the source it stands.
    pub place: String,
    /// By what its user logs in.
    pub login: ForeignLogin,
    /// Deleted in the old deployment: only its number is kept.
    pub deleted_at: Option<Timestamp>,
    /// Why nobody can log in to it, if so.
    pub needs_reset: Option<String>,
    /// Doubts about it.
    pub notes: Vec<String>,
    /// Names of its files in the old deployment's folder of pictures.
    pub pictures: Vec<String>,
    /// What it has.
    pub account: ImportedAccount,
}

/// What a dialect alone knows of an account of the neutral source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignPart {
    /// Its facet: name and body.
    pub facet: Option<(&'static str, String)>,
    /// Names of its files in the old deployment's folder of pictures.
    pub pictures: Vec<String>,
}

/// By what the users of an old deployment logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignLogin {
    /// Their name.
    Username,
    /// Their address.
    Email,
}

impl Foreign {
    /// A row that cannot be taken as it is.
    pub fn wrong(place: String, what: impl Into<String>) -> Self {
        Self::Wrong { place, what: what.into() }
    }

    /// A row with a value that is not what its column should hold; the error says where.
    pub fn unreadable(error: &dyn std::error::Error) -> Self {
        Self::wrong(String::new(), error.to_string())
    }
}

impl ForeignAccount {
    /// A live account without doubts, whose user logs in by name.
    pub fn new(key: String, place: String, account: ImportedAccount) -> Self {
        Self {
            key,
            place,
            login: ForeignLogin::Username,
            deleted_at: None,
            needs_reset: None,
            notes: Vec::new(),
            pictures: Vec::new(),
            account,
        }
    }

    /// What its user types to log in.
    pub fn login_text(&self) -> &str {
        match self.login {
            ForeignLogin::Username => &self.account.username,
            ForeignLogin::Email => self.account.email.as_ref().map_or("", |email| &email.address),
        }
    }
}

/// What an operator says about a source.
#[derive(Debug, Clone, Default)]
pub struct ForeignOptions {
    /// The zone of its wall clocks; without it, that of the dialect's old servers.
    pub time_zone: Option<String>,
    /// The text of a column mapping.
    pub mapping: Option<String>,
}

/// What is told of each thing found; reading ends when it breaks.
pub type EachForeign<'a> = dyn FnMut(Foreign) -> ControlFlow<()> + 'a;
