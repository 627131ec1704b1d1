//! What the use cases ask of the tables. Each function runs inside one `Store::read` or `Store::write`.
//!
//! A look-up by a unique key is read with `get_result`, not `first`: that one binds a LIMIT, and SQLite compiles a statement
//! with a bound LIMIT anew at every run (11 us instead of 3).

pub(crate) mod accounts;
pub(crate) mod address_keys;
pub(crate) mod audit;
pub(crate) mod audit_records;
pub(crate) mod audit_seals;
pub(crate) mod bulk_deletes;
pub(crate) mod bulk_inserts;
pub(crate) mod bulk_reads;
pub(crate) mod catalogue;
pub(crate) mod census;
pub(crate) mod challenges;
pub(crate) mod counters;
pub(crate) mod credentials;
pub(crate) mod directory;
pub(crate) mod dossiers;
pub(crate) mod facets;
pub(crate) mod failures;
pub(crate) mod identities;
pub(crate) mod import_entries;
pub(crate) mod imports;
pub(crate) mod lookups;
pub(crate) mod mails;
pub(crate) mod members;
pub(crate) mod old_sessions;
pub(crate) mod search_keys;
pub(crate) mod second_factors;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod slots;
pub(crate) mod tallies;
pub(crate) mod throttles;
