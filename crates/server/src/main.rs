//! The `dragoman` binary.

use std::process::ExitCode;

use clap::Parser;
use dragoman_server::command_line::{CommandLine, run};
use mimalloc::MiMalloc;

/// What one thread allocates another frees, a dozen times a request (docs/performance.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    run(CommandLine::parse())
}
