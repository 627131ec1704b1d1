//! Paths of an old system that dragoman does not serve: they go to the live old server behind the mount, and its answers back.
//!
//! `paths.rs` which paths those are · `relay.rs` one such request of HTTP/1, which the HTTP library never sees ·
//! `swap.rs` the client's token, replaced by the old server's. Where paths are passed, HTTP/2 is not offered: web sockets, the
//! spelling of headers and interim answers are HTTP/1's.

mod paths;
mod relay;
mod swap;

pub(crate) use paths::PassedPaths;
pub(crate) use relay::Relay;
