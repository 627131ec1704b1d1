//! What old clients see on the socket itself: bytes that no HTTP library shows.

// clippy exempts tests, but not what they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod ambiguous;
mod bounds;
mod client;
mod header_names;
mod old_http;
mod refusals;
mod targets;
mod upgrades;
