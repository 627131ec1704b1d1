//! The account domain.
mod realm;
pub use realm::{Admission, NameMatching, Realm};
/// One cloneable handle to the account domain.
#[derive(Clone)]
pub struct Accounts;
