//! The account domain proved from outside: one list of tests, run on every backend at hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[macro_use]
mod support;

mod address_keys;
mod administration;
mod amendment;
mod audit_chain;
mod catalogue;
mod challenges;
mod codes;
mod directory;
mod email;
mod facets;
mod failures;
mod import;
mod import_batch;
mod import_undo;
mod listing;
mod login;
mod mails;
mod maintenance;
mod old_sessions;
mod passwords;
mod passwords_by_name;
mod proven_registration;
mod registration;
mod rest;
mod second_factor;
mod sessions;
mod signing_keys;
mod sliding;
mod takeover;
mod throttle;
mod watching;
