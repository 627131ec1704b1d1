//! Old deployments into the gateway: plan, apply, verify, undo over what a dialect makes of its old tables.
//!
//! A plan is a file of JSON lines without any secret: what is to become of each account, in the order of the source, with a
//! fingerprint of each row. Applying it reads the source again and holds every row against its line, so that nothing is
//! imported that was not planned.

mod applying;
mod claims;
mod comparison;
mod decision;
mod error;
mod fingerprint;
mod neutral;
mod neutral_password;
mod pairing;
mod plan_file;
mod planning;
mod policy;
mod reading;
mod summary;
mod undoing;
mod verifying;

pub use applying::{Applied, apply};
pub use error::ImportError;
pub use neutral::{Neutral, Part};
pub use neutral_password::Passwords;
pub use plan_file::{Action, Header, Line, Plan};
pub use planning::{Planned, Proof, plan};
pub use policy::{Choice, Policies};
pub use reading::{Convert, Importer};
pub use summary::{FoundSetting, Summary};
pub use undoing::{Undone, undo};
pub use verifying::{Difference, Verified, verify};

/// Who wants to know how far long work is.
pub trait Watch {
    /// So many of so many are done; the total may not be known yet.
    fn at(&self, done: u64, total: Option<u64>);
}

/// What an import works with.
pub struct Target<'t> {
    /// The account domain.
    pub accounts: &'t dragoman_accounts::Accounts,
    /// Whose names it goes into.
    pub realm: &'t dragoman_accounts::Realm,
    /// Who watches.
    pub watch: &'t dyn Watch,
}
