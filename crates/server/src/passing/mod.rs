//! Paths of an old system that dragoman does not serve: they go to the live old server behind the mount, and its answers back.
//!
//! `paths.rs` which paths those are · `relay.rs` one such request of HTTP/1, which the HTTP library never sees ·
//! `swap.rs` the client's token, replaced by the old server's · `stream.rs` one request of HTTP/2, which is written as one of HTTP/1.

mod paths;
mod relay;
pub(crate) mod stream;
mod swap;

pub(crate) use paths::PassedPaths;
pub(crate) use relay::Relay;
