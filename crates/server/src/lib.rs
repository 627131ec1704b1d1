//! The server `dragoman` as a library: configuration, mounting, the life of a process, operator endpoints, command line.

#![deny(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "they panic when nobody reads: see command_line/output.rs"
)]

mod backups;
mod calls;
pub mod command_line;
pub mod config;
mod doctor;
pub mod field_roles;
mod file;
mod importing;
mod log_format;
mod log_lines;
pub mod logging;
mod mail;
pub mod mounting;
pub mod operator;
mod passing;
pub mod process;
mod registry;
mod request_log;
mod retirement;
mod shadow;
mod telemetry;
pub mod testing_api;
mod unused_pictures;
mod validity;
mod wire;

pub use registry::REGISTRY;
