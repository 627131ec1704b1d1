//! How patient a connection is.

use std::time::Duration;

/// The patience of every connection of a listener.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the first byte of a head to its last; the first request also from the connection's beginning.
    pub head: Duration,
    /// Between an answer and the next request.
    pub idle: Duration,
    /// While a client takes nothing of what is sent to it.
    pub stall: Duration,
    /// For a client to read why it was refused.
    pub farewell: Duration,
}
