//! The recording reverse proxy: what clients and an old server say to each other passes through untouched, is cut into sessions, freed
//! of what is somebody's secret, and becomes fixtures.
//!
//! `relay.rs` passes bytes on, `conversation.rs` reads along and pairs requests with answers, `sessions.rs` says which session an
//! exchange belongs to, `redaction/` takes the secrets out, `scenario.rs` writes what is left. Nothing reaches a disk before that.

mod body;
mod conversation;
mod record;
mod redaction;
mod relay;
mod scenario;
mod sessions;
mod testing_calls;
mod upstream;

pub use record::{RecordError, RecordOptions, Recorder};
pub use redaction::{Found, Left, Pseudonyms, redact};
pub use scenario::{Report, Written};
pub use upstream::{Upstream, UpstreamError};
