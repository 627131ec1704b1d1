//! For tests only: a real server on a real socket, on a database of its own, and the replay of a dialect's fixtures on it.

// clippy exempts tests, but not what they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod backend;
pub mod browser;
mod database;
pub mod hostile;
pub mod http;
pub mod moto;
pub mod old_servers;
mod replay;
mod server;
pub mod snapshot;

pub use backend::{Backend, backends};
pub use database::ThrowawayDatabase;
pub use replay::replay_dialect;
pub use server::{TestServer, TestSettings};
