//! `dragoman doctor`: one page of checks, each with what to do.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::{Complaint, output, wait_for};
use crate::{
    config::Settings,
    doctor::{Finding, State, examine},
};

/// Look at everything that a server depends on. Exit status 0: all is well, 1: something to look at, 2: something broken
#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &DoctorArguments, settings: &Settings) -> Result<ExitCode, Complaint> {
    let findings = wait_for(examine(settings))?;
    if arguments.json {
        output::print_json(&findings.iter().map(value).collect())?;
    } else {
        output::print(&findings.iter().map(lines).collect::<String>())?;
    }
    Ok(match findings.iter().map(|finding| finding.state).max() {
        Some(State::Broken) => ExitCode::from(2),
        Some(State::Doubtful) => ExitCode::from(1),
        Some(State::Good) | None => ExitCode::SUCCESS,
    })
}

fn word(state: State) -> &'static str {
    match state {
        State::Good => "good",
        State::Doubtful => "look",
        State::Broken => "BROKEN",
    }
}

fn lines(finding: &Finding) -> String {
    let Finding { what, state, found, advice } = finding;
    let advice = advice.as_ref().map(|advice| format!("{:>26}{advice}\n", "-> ")).unwrap_or_default();
    format!("{:<7}{what:<16}{found}\n{advice}", word(*state))
}

fn value(finding: &Finding) -> Value {
    json!({ "check": finding.what, "state": word(finding.state).to_lowercase(), "found": finding.found, "advice": finding.advice })
}
