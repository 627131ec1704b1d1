//! What several dialects make of one account, where a fixture cannot show it: the operator's orders, two mounts of one
//! dialect, and many clients at once. What fixtures can show is in `compat-fixtures/cross`.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod clients;
mod mounts;
mod old_sessions;
mod operator;
mod pairs;
mod races;
mod recordings;
mod upstream;
