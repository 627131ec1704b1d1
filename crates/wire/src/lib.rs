//! HTTP/1 messages as they stand on the wire: heads with the order, letter case and bytes that they were sent with, and where
//! their bodies end. What two readers could read in two ways is refused here, once for everybody.
//!
//! `request.rs` and `answer.rs` heads of either kind, `headers.rs` their lines, `length.rs` what the lines say about the body,
//! `framing.rs` and `chunks.rs` where a body ends.

mod answer;
mod bad;
mod chunks;
mod framing;
mod headers;
mod length;
mod request;

pub use answer::{AnswerHead, read_answer};
pub use bad::{BadHead, Reading};
pub use chunks::{BadChunk, Chunks};
pub use framing::Framing;
pub use headers::{Header, Headers, elements};
pub use length::BodyLength;
pub use request::{RequestHead, RequestLength, read_request, request_length};

/// The longest head, in bytes: what the HTTP library behind us takes.
pub const LONGEST_HEAD: usize = 131_072;
/// The most header lines; one fewer than the HTTP library takes, because one may be added.
pub const MOST_HEADERS: usize = 95;
