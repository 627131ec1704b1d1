//! The one place between socket and HTTP library, for what the library normalises away or refuses where the old servers did
//! not: raw bytes in a request's target, the letter case and order of an answer's header names, refusals that no dialect is
//! asked about (docs/decisions).
//!
//! `incoming.rs` requests (`request_head.rs`, `target.rs`), `outgoing.rs` answers (`answer_head.rs`), `exchange.rs` what
//! the application is told and tells, `connection.rs` all of it as a stream over a `socket.rs`; where a message ends the room
//! `dragoman-wire` knows. A request that is passed to an old server (`crate::passing`) is
//! handed over with the socket, between two requests of the library. HTTP/2 (`http2.rs`) has none of that, but bounds of its own.

mod answer_head;
mod connection;
mod exchange;
pub mod http2;
mod incoming;
mod limits;
mod outgoing;
mod patience;
mod request_head;
mod shares;
mod socket;
mod target;

pub use connection::{Handed, Wire};
pub use exchange::{Exchange, Unpassed};
pub use incoming::Next;
pub use limits::Limits;
pub use request_head::Passes;
pub use shares::{Holding, Shares};
pub use socket::{Acceptor, Socket};
