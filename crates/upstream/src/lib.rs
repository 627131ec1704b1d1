//! A live old server behind us, spoken to as its clients do. The operator names its URL; nothing it answers can lead anywhere
//! else, grow beyond a bound, or take longer than it may. This room knows no dialect and no account.
//!
//! [`Upstream::call`] is the way for a dialect that asks something of its old server:
//!
//! ```no_run
//! # async fn ask(old: &dragoman_upstream::Upstream) -> Result<(), dragoman_upstream::Unavailable> {
//! use dragoman_upstream::Request;
//! let login = Request::post("/api/login/", "application/json", br#"{"username": "bob"}"#.to_vec());
//! let answer = old.call(login.with("Accept-Language", "en")).await?;
//! if answer.status == 200 { /* read answer.body, hear answer.cookies() */ }
//! # Ok(())
//! # }
//! ```
//!
//! Whatever the old server says is an [`Answer`], a refusal too; that nothing usable was said is [`Unavailable`], which is never
//! a wrong password.
//!
//! `upstream.rs` the client, `message.rs` what goes in and comes out, `unavailable.rs` what else can happen · `address.rs`,
//! `tls.rs`, `connection.rs`, `pool.rs` connections · `breaker.rs` when not even to try ·
//! `passing/` whole exchanges between a client and the old server.

mod address;
mod breaker;
mod connection;
mod message;
mod passing;
mod pool;
mod reader;
mod tls;
mod unavailable;
mod upstream;

pub use address::{Address, AddressError};
pub use breaker::BreakerState;
pub use message::{Answer, Request};
pub use passing::{Asker, Client, Edit, NotPassed, Passable, Passed, Passing, Tunnel};
pub use tls::CertificateError;
pub use unavailable::Unavailable;
pub use upstream::{OpenError, Options, Upstream};

pub use dragoman_wire::{AnswerHead, Framing, Header, Headers, RequestHead};
