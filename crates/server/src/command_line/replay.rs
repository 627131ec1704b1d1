//! `dragoman replay`: fixtures against a server, its own or another.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use dragoman_accounts::clock::{Clock, SystemClock};
use dragoman_fixtures::{Summary, Target, replay_paths};

use super::{Complaint, wait_for};

/// Replay fixtures against a server.
#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// Fixture files, or folders of them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Base URL of the server
    #[arg(long, value_name = "URL")]
    against: String,
    /// Where the dialects are mounted there; `/` for the familiar paths [default: `/` and the dialect's name]
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<String>,
    /// Also write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &ReplayArguments) -> Result<ExitCode, Complaint> {
    let mut target = Target::new(&arguments.against).map_err(|error| Complaint(error.to_string()))?;
    if let Some(prefix) = &arguments.prefix {
        target = target.with_prefix(prefix);
    }
    let now = jiff::Timestamp::from_millisecond(SystemClock.now().millis()).map_err(|error| error.to_string())?;
    let summary =
        wait_for(replay_paths(&arguments.paths, target, now))?.map_err(|error| Complaint(error.to_string()))?;
    write(arguments, &summary)?;
    Ok(if summary.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write(arguments: &ReplayArguments, summary: &Summary) -> Result<(), std::io::Error> {
    let mut output = std::io::stdout().lock();
    if arguments.json {
        summary.write_json(&mut output)?;
    } else {
        summary.write_text(&mut output)?;
    }
    output.flush()?;
    match &arguments.junit {
        Some(path) => summary.write_junit(&mut std::fs::File::create(path)?),
        None => Ok(()),
    }
}
