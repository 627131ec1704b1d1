//! For tests only: a real server on a real socket, on a database of its own, and the replay of a dialect's fixtures on it.

mod backend;
mod database;
pub mod hostile;
pub mod http;
mod replay;
mod server;

pub use backend::{Backend, backends};
pub use database::ThrowawayDatabase;
pub use replay::replay_dialect;
pub use server::{TestServer, TestSettings};
