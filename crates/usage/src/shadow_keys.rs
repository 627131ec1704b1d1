//! What verdicts are counted by.

use std::sync::Arc;

/// How a request that was put to both ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// The answers agree.
    Same,
    /// They do not.
    Differs,
    /// The old server gave none.
    Unanswered,
    /// It was not asked: too many were waiting.
    Dropped,
    /// It was not asked: the answer or the request is too long to be kept, or has no length.
    Unread,
}

impl Verdict {
    /// As it is stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs => "differs",
            Self::Unanswered => "unanswered",
            Self::Dropped => "dropped",
            Self::Unread => "unread",
        }
    }
}

/// Where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ShadowRoute {
    /// The URL prefix of the mount.
    pub mount: Arc<str>,
    /// The route's pattern.
    pub route: &'static str,
}

/// A place where answers differ, with values that say nothing of anybody.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sample {
    /// The part of the answer.
    pub place: String,
    /// What the old server said there, masked.
    pub old: String,
    /// What was said here, masked.
    pub ours: String,
}

/// How often, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Requests.
    pub requests: i64,
    /// The first, in milliseconds since the Unix epoch.
    pub first_at: i64,
    /// The last.
    pub last_at: i64,
}

impl Times {
    pub(crate) fn once(at: i64) -> Self {
        Self { requests: 1, first_at: at, last_at: at }
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.first_at = self.first_at.min(other.first_at);
        self.last_at = self.last_at.max(other.last_at);
    }
}
