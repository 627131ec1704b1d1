//! `dragoman config check|show`.

use std::process::ExitCode;

use clap::Subcommand;

use super::{Complaint, output};
use crate::{
    config::{Loaded, show},
    process::check,
};

/// Look at the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Say what is wrong with it; exit status 1 if anything is
    Check,
    /// Show every value with its origin; secrets are masked
    Show,
}

pub(super) fn run(command: &ConfigCommand, loaded: Loaded) -> Result<ExitCode, Complaint> {
    match command {
        ConfigCommand::Check => {
            check(&loaded.settings).map_err(|refusals| Complaint(refusals.join("\n")))?;
            output::print_line(&format!("the configuration is good: {} mounts", loaded.settings.mounts.len()))?;
        }
        ConfigCommand::Show => output::print(&show(&loaded.entries))?,
    }
    Ok(ExitCode::SUCCESS)
}
