//! The domain facts a use case can end in.

/// Why a use case did not do what was asked. Closed on purpose: each dialect's `error.rs` matches every variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The name is held by a live account the realm would find.
    #[error("the name is taken")]
    NameTaken,
    /// The e-mail address is held by a live account the realm would find.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// A text holds U+0000 or is longer than the store takes (one-domain.md N4, N5).
    #[error("the value cannot be stored")]
    NotStorable,
    /// No live account is meant.
    #[error("no such account")]
    UnknownAccount,
    /// The presented password does not verify.
    #[error("wrong password")]
    WrongPassword,
    /// The account is locked; a dialect may tell only those who know the password.
    #[error("the account is locked")]
    Locked {
        /// Whether the presented password was the account's.
        password_right: bool,
    },
    /// Too many failed attempts; the password was not looked at.
    #[error("too many failed attempts")]
    Throttled,
    /// The actor's role does not allow it.
    #[error("not allowed")]
    Forbidden,
    /// It would leave no unlocked super administrator.
    #[error("the last unlocked super administrator stays")]
    LastSuperAdministrator,
    /// The challenge was never issued, was used, or is forgotten.
    #[error("no such challenge")]
    UnknownChallenge,
    /// The challenge outlived its life.
    #[error("the challenge has expired")]
    ExpiredChallenge,
    /// The answer does not match.
    #[error("wrong answer to the challenge")]
    WrongAnswer,
    /// The hashing queue is full; nothing was checked or counted.
    #[error("too busy to check a password")]
    Busy,
    /// The database cannot be reached in time; nothing was decided.
    #[error("the store is not available")]
    Unavailable,
    /// A fault of ours, its cause logged where it happened.
    #[error("internal fault")]
    Internal,
}
