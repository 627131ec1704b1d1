//! Passing a client's request to the old server and its answer back, as both stand on the wire: streamed, in constant memory,
//! with interim answers, trailers and chunks as they come.
//!
//! `forwarding.rs` what of a head is for the next hop only · `upload.rs`, `download.rs` the two directions, `bounded.rs` how long
//! either may stand still · `client.rs` who asks · `exchange.rs` one request and its answer, `answering.rs` what happens as that begins · `tunnel.rs` what follows
//! `101 Switching Protocols`.

mod answering;
mod bounded;
mod client;
mod download;
mod exchange;
mod forwarding;
mod tunnel;
mod upload;

pub use answering::Edit;
pub use client::Client;
pub use exchange::{NotPassed, Passed, Passing};
pub use forwarding::{Asker, Passable};
pub use tunnel::Tunnel;
