//! The server `dragoman` as a library: configuration, mounting, the life of a process, operator endpoints, command line.

pub mod command_line;
pub mod config;
mod field_roles;
mod importing;
pub mod logging;
mod mail;
pub mod mounting;
pub mod operator;
pub mod process;
mod registry;
mod request_log;
pub mod testing_api;

pub use registry::REGISTRY;
