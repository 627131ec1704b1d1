//! What an operator is warned of.

use dragoman_accounts::clock::Timestamp;

/// What an operator should do something about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A secret that anybody can look up; its key.
    FactorySecret(String),
    /// Anybody can register at this mount.
    RegistrationOpen(String),
    /// Mail is written to files, not sent.
    MailNotSent,
    /// Others than this machine reach the console without TLS.
    ConsoleInTheClear,
    /// Verifiers that are sealed, and no key to open them.
    SealingKeyMissing(u64),
    /// Weak verifiers that rest readable, or are only sealed.
    WeakPasswords(u64),
    /// The certificate ends soon, or has.
    CertificateEnds(Timestamp),
    /// Mails that were given up.
    DeadMails(i64),
}
