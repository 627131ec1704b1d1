//! Traces for a collector: one span a request, sent in batches as OTLP over HTTP in JSON.
//!
//! `trace_parent.rs` what a caller says of its trace · `span.rs` a span, and how it is written · `exporter.rs` the queue and who
//! empties it. A span holds no query, body, account, address or token.

mod exporter;
mod span;
mod trace_parent;

pub(crate) use exporter::{Telemetry, Traced};
pub(crate) use trace_parent::TraceParent;
