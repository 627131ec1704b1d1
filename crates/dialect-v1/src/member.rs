//! What only this dialect knows of an account.

use dragoman_accounts::{AccountError, FacetEdit, Member, Role};
use dragoman_dialect::Facet;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::values::first_birthday;

/// The sign that a new account begins with.
pub const DEFAULT_SIGN: &str = "这个人很懒，什么都没有留下";

/// The dialect's part of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct V1Facet {
    /// URL of a picture, or empty.
    #[serde(default)]
    pub avatar: String,
    /// URL of a picture, or empty.
    #[serde(default)]
    pub spacecover: String,
    /// 0 unknown, 1 male, 2 female; other numbers are kept as they came (D17).
    #[serde(default)]
    pub gender: i64,
    /// Unix milliseconds.
    #[serde(default)]
    pub birthday: Option<i64>,
    /// An ordinary user that this dialect shows with role 1 (one-domain.md R1).
    #[serde(default)]
    pub auditor: bool,
}

impl Facet for V1Facet {
    const NAME: &'static str = "v1";
}

impl V1Facet {
    /// That of a new account, and of one that has none yet.
    pub fn new(zone: &TimeZone) -> Self {
        Self {
            avatar: String::new(),
            spacecover: String::new(),
            gender: 0,
            birthday: first_birthday(zone),
            auditor: false,
        }
    }

    /// The text that is kept of a new one.
    pub fn first(zone: &TimeZone) -> Result<String, AccountError> {
        encoded(&Self::new(zone))
    }

    /// The facet of a member, or what it would begin with.
    pub fn of(member: &Member, zone: &TimeZone) -> Self {
        decoded(member.facet.as_deref(), zone).unwrap_or_else(|_| Self::new(zone))
    }

    /// An edit that changes some members and leaves what others changed meanwhile.
    pub fn edit(zone: &TimeZone, change: impl Fn(&mut Self) + Send + Sync + 'static) -> (&'static str, FacetEdit) {
        let zone = zone.clone();
        let edit = move |present: Option<&str>| {
            let mut facet = decoded(present, &zone)?;
            change(&mut facet);
            encoded(&facet).map(Some)
        };
        (Self::NAME, Arc::new(edit))
    }

    /// An edit that makes or unmakes an auditor. An account that never was in this dialect does not get a facet for
    /// being none, or the public look-ups would find it (one-domain.md N11).
    pub fn edit_auditor(zone: &TimeZone, auditor: bool) -> (&'static str, FacetEdit) {
        let (name, edit) = Self::edit(zone, move |facet| facet.auditor = auditor);
        let only_if_needed = move |present: Option<&str>| match present {
            None if !auditor => Ok(None),
            present => edit(present),
        };
        (name, Arc::new(only_if_needed))
    }
}

fn decoded(body: Option<&str>, zone: &TimeZone) -> Result<V1Facet, AccountError> {
    let Some(body) = body else { return Ok(V1Facet::new(zone)) };
    V1Facet::decode(body).map_err(|error| {
        tracing::error!(%error, "a v1 facet does not read");
        AccountError::Internal
    })
}

fn encoded(facet: &V1Facet) -> Result<String, AccountError> {
    facet.encode().map_err(|error| {
        tracing::error!(%error, "a v1 facet does not serialise");
        AccountError::Internal
    })
}

/// The four roles of this dialect (one-domain.md R1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WireRole {
    User = 0,
    Auditor = 1,
    Administrator = 2,
    Root = 3,
}

impl WireRole {
    /// The role with that number.
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::User),
            1 => Some(Self::Auditor),
            2 => Some(Self::Administrator),
            3 => Some(Self::Root),
            _ => None,
        }
    }

    /// What a member's role is here.
    pub fn of(role: Role, facet: &V1Facet) -> Self {
        let user = if facet.auditor { Self::Auditor } else { Self::User };
        Self::of_account(role).unwrap_or(user)
    }

    /// The role of an account where the account alone tells it; `None`: a user, or an auditor.
    pub fn of_account(role: Role) -> Option<Self> {
        match role {
            Role::SuperAdministrator => Some(Self::Root),
            Role::Administrator => Some(Self::Administrator),
            Role::User => None,
        }
    }

    /// Its part that holds in every dialect.
    pub fn shared(self) -> Role {
        match self {
            Self::User | Self::Auditor => Role::User,
            Self::Administrator => Role::Administrator,
            Self::Root => Role::SuperAdministrator,
        }
    }

    /// As it is written.
    pub fn number(self) -> u8 {
        match self {
            Self::User => 0,
            Self::Auditor => 1,
            Self::Administrator => 2,
            Self::Root => 3,
        }
    }
}
