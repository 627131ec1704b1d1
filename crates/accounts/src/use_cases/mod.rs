//! What can be done with accounts, one file an area. Each public method is one use case.

mod administration;
mod catalogue;
mod challenges;
pub(crate) mod credentials;
mod facets;
mod import;
mod listing;
mod login;
mod maintenance;
mod password_check;
mod passwords;
mod passwords_by_name;
mod profile;
mod registration;
mod sessions;
pub(crate) mod signing_keys;

pub use catalogue::CataloguePage;
pub use challenges::{Challenge, ChallengePolicy};
pub use import::{ImportedAccount, ImportedPassword};
pub use listing::{AuditRecord, Page};
pub use login::{LoginAttempt, LoginName};
pub use maintenance::FirstStart;
pub use passwords::{OwnSessions, PasswordChange, PasswordProof};
pub use passwords_by_name::{NamedPasswordChange, NamedPasswordReset};
pub use profile::ProfileEdit;
pub use registration::{NewEmail, NewPassword, Registration};
pub use sessions::{NewSession, NewToken, Session, SessionLimit};
pub use signing_keys::SigningKeys;
