//! The server on a real socket with dialects that only say who they are, and the binary itself.

// clippy exempts tests, but not what they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod backups;
mod command_line;
mod exchange;
mod fake;
mod http2;
mod https;
mod life;
mod metrics;
mod mounting;
mod old_server;
mod passing;
mod passing_http2;
mod readiness;
mod recording;
mod reload;
mod retirement;
mod routes;
mod shadow;
mod telemetry;
mod testing_api;
mod throttle;
mod usage;
