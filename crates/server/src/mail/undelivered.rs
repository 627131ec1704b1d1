//! Why a message did not leave.

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Undelivered {
    /// It never will be.
    Refused(String),
    /// It may be later.
    Failed(String),
}
