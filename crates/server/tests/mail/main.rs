//! Outgoing mail end to end: a dialect that sends, the queue, and a real SMTP server over TCP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "../server/exchange.rs"]
mod exchange;
mod gateway;
mod smtp_server;

mod command_line;
mod delivery;
mod encryption;
mod file;
mod mailbox;
mod replicas;
mod retries;
mod shutdown;
