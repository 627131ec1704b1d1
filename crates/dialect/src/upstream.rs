//! The live old server behind a mount, as its dialect sees it.

use async_trait::async_trait;
use dragoman_upstream::Upstream;
use serde::{Deserialize, Serialize};

/// Whom a live old server is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpstreamMode {
    /// Nobody.
    #[default]
    Off,
    /// Accounts that are not here yet.
    Logins,
    /// All: it goes on deciding.
    All,
}

impl UpstreamMode {
    /// The setting's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Logins => "logins",
            Self::All => "all",
        }
    }
}

/// What becomes of an account over there when its password changes here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordChanges {
    /// Its sessions there are forgotten: its pages end.
    #[default]
    End,
    /// The old server is told, by its own call.
    Tell,
}

/// How an old server of a dialect can be told of a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Not at all: no call of it proves the password before.
    Never,
    /// Within the session that stands beside its owner's, so only where paths are passed.
    WithinSession,
    /// By a call of its own.
    ByItself,
}

/// A live old server, and what it is there for.
#[derive(Clone)]
pub struct OldServer {
    /// By which it is asked.
    pub client: Upstream,
    /// Whom it is asked about.
    pub mode: UpstreamMode,
    /// Paths that the dialect does not serve go to it.
    pub passes: bool,
    /// What it is told of new passwords.
    pub password_changes: PasswordChanges,
}

/// The name of a route by which a dialect only refuses what it does not serve: such a path may be the old server's.
pub const UNSERVED: &str = "unserved";

/// Where clients of a dialect carry their token on paths of the old system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenPlace {
    /// A header that holds nothing else.
    Header(&'static str),
    /// `Authorization: Bearer`, or the scheme's name in any case.
    Bearer,
    /// A cookie.
    Cookie(&'static str),
    /// A parameter of the query.
    Query(&'static str),
    /// A member of a JSON body's object, or a field of a form.
    Member(&'static str),
}

/// What the old server is given in the place of a token.
#[derive(Clone, PartialEq, Eq)]
pub enum Swapped {
    /// The token itself: it is none of ours.
    AsItIs,
    /// Its own.
    For(String),
    /// None yet: the token is ours, and what the old server begins for this request may stand beside it.
    Fresh,
    /// None, and nothing of this request is kept. Ours is nobody else's business.
    Withheld,
}

/// How a session of ours becomes one of the old server's on a path that is passed to it: the old server knows only its own
/// tokens.
#[async_trait]
pub trait TokenSwap: Send + Sync {
    /// Where tokens are looked for.
    fn places(&self) -> &'static [TokenPlace];

    /// What the old server is given for a token.
    async fn swap(&self, token: &str) -> Swapped;

    /// The old server begins a session for a cookie of ours that had none beside it. The client never sees its id.
    async fn begin(&self, _ours: &str, _theirs: &str) {}

    /// The old server gives the session beside a cookie of ours another id.
    async fn renew(&self, _ours: &str, _theirs: &str) {}
}
