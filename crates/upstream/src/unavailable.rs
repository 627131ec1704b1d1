//! What can happen instead of an answer.

use thiserror::Error;

/// The old server said nothing usable. To a client this is the dialect's "unavailable"; it is never a wrong password and never
/// counted as one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unavailable {
    /// Nobody there, or the connection was cut before an answer began.
    #[error("the old server is away: {0}")]
    Away(String),
    /// It is there and does not answer in time.
    #[error("the old server does not answer in time")]
    Slow,
    /// What came is no answer, too large for one, or broke off.
    #[error("the old server answers nonsense: {reason} (SHA-256 of what came: {digest})")]
    Nonsense {
        /// What is wrong with it.
        reason: &'static str,
        /// Of what has come so far: enough to see whether it is the same nonsense again.
        digest: String,
    },
    /// As many questions as it may be asked at once are open.
    #[error("the old server is asked too much at once")]
    Busy,
    /// It failed too often just now; it was not asked.
    #[error("the old server failed too often and is left alone for a moment")]
    Resting,
}

impl Unavailable {
    pub(crate) fn nonsense(reason: &'static str, bytes: &[u8]) -> Self {
        Self::Nonsense { reason, digest: digest(bytes) }
    }

    /// Whether it tells something about the old server, and not only about us.
    pub(crate) fn is_its_fault(&self) -> bool {
        match self {
            Self::Away(_) | Self::Slow | Self::Nonsense { .. } => true,
            Self::Busy | Self::Resting => false,
        }
    }
}

/// The first half of a SHA-256, in hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
