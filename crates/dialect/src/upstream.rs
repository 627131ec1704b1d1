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

/// A live old server, and what it is there for.
#[derive(Clone)]
pub struct OldServer {
    /// By which it is asked.
    pub client: Upstream,
    /// Whom it is asked about.
    pub mode: UpstreamMode,
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

/// How a session of ours becomes one of the old server's on a path that is passed to it: the old server knows only its own
/// tokens.
#[async_trait]
pub trait TokenSwap: Send + Sync {
    /// Where tokens are looked for.
    fn places(&self) -> &'static [TokenPlace];

    /// The old server's token for one of ours. `None`: ours is none, or has none; what the client sent then goes on as it is.
    async fn old_token(&self, ours: &str) -> Option<String>;
}
