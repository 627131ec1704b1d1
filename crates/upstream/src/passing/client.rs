//! Who asks.

use std::time::Duration;

use bytes::BytesMut;

/// A client's connection, as far as it has been read.
pub struct Client<S> {
    /// The socket.
    pub stream: S,
    /// What has been read behind the request's head.
    pub buffer: BytesMut,
    /// How long it may take nothing, or send nothing of a body.
    pub stall: Duration,
}
