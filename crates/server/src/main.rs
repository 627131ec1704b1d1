//! The `dragoman` binary.

use std::process::ExitCode;

use clap::Parser;
use dragoman_server::command_line::{CommandLine, run};

fn main() -> ExitCode {
    run(CommandLine::parse())
}
