//! What the use cases ask of the tables. Each function runs inside one `Store::read` or `Store::write`.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod catalogue;
pub(crate) mod challenges;
pub(crate) mod counters;
pub(crate) mod credentials;
pub(crate) mod directory;
pub(crate) mod facets;
pub(crate) mod failures;
pub(crate) mod identities;
pub(crate) mod mails;
pub(crate) mod members;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod throttles;
