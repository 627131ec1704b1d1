//! `dragoman replay`: fixtures against a server, its own or another.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use dragoman_accounts::clock::{Clock, SystemClock};
use dragoman_fixtures::{Judged, Ledger, Standard, Summary, Target, replay_side_by_side, write_page};

use super::{Complaint, output::not_written, wait_for};

/// Replay fixtures against a server.
#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// Fixture files, or folders of them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Base URL of the server; several testing servers share the work
    #[arg(long, value_name = "URL", required = true)]
    against: Vec<String>,
    /// Scenarios that are played side by side, a testing server one at a time [default: one a server]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=256))]
    parallel: Option<u16>,
    /// Where the dialects are mounted there; `/` for the familiar paths [default: `/` and the dialect's name]
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<String>,
    /// Hold the answers against what the original did, also where the gateway differs on purpose: is a recording still true of it?
    #[arg(long)]
    verify: bool,
    /// Accepted differences, a TOML file: they are no failure; those that no longer occur are taken out of it
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Also accept what differs now: add it to the ledger
    #[arg(long, requires = "ledger")]
    add: bool,
    /// Also write one page for people
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Do not compare the spelling and order of header names: a proxy in front writes its own
    #[arg(long)]
    any_header_names: bool,
    /// Also write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &ReplayArguments) -> Result<ExitCode, Complaint> {
    let targets = arguments.against.iter().map(|url| target(url, arguments)).collect::<Result<Vec<Target>, _>>()?;
    let most = arguments.parallel.map_or(targets.len(), usize::from);
    let now = jiff::Timestamp::from_millisecond(SystemClock.now().millis()).map_err(|error| error.to_string())?;
    let standard = if arguments.verify { Standard::Original } else { Standard::Gateway };
    let mut summary = wait_for(replay_side_by_side(&arguments.paths, targets, most, standard, now))?
        .map_err(|error| Complaint(error.to_string()))?;
    let judged = judge(arguments, &summary, now)?;
    summary.accept(&judged.accepted);
    write(arguments, &summary)?;
    if let Some(path) = &arguments.html {
        let made = now.strftime("%Y-%m-%d %H:%M UTC").to_string();
        write_page(&summary, &judged, &made, &mut std::fs::File::create(path)?)?;
    }
    let success = judged.open.is_empty() && summary.is_success();
    Ok(if success { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn target(url: &str, arguments: &ReplayArguments) -> Result<Target, Complaint> {
    let mut target = Target::new(url).map_err(|error| Complaint(error.to_string()))?;
    if let Some(prefix) = &arguments.prefix {
        target = target.with_prefix(prefix);
    }
    if arguments.any_header_names {
        target = target.with_any_header_names();
    }
    Ok(target)
}

/// Holds the differences against the ledger, and lets the ledger shrink, or grow if that was asked for.
fn judge(arguments: &ReplayArguments, summary: &Summary, now: jiff::Timestamp) -> Result<Judged, Complaint> {
    let Some(path) = &arguments.ledger else {
        return Ok(Judged { open: summary.groups(), ..Judged::default() });
    };
    let failed = |error: dragoman_fixtures::LedgerError| Complaint(format!("{}: {error}", path.display()));
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut ledger = Ledger::read(path).map_err(failed)?;
    let before = ledger.clone();
    let judged = ledger.judge(summary.groups(), &summary.endpoints(), today);
    ledger.shrink(&judged.unneeded);
    if arguments.add {
        ledger.add(&judged.open, today);
    }
    if ledger != before {
        ledger.write(path).map_err(failed)?;
    }
    let mut output = std::io::stderr().lock();
    for group in &judged.open {
        writeln!(output, "open: {}, {}: {} times", group.endpoint, group.place, group.count)?;
    }
    for entry in &judged.unneeded {
        writeln!(output, "no longer needed, taken out of the ledger: {}, {}", entry.endpoint, entry.place)?;
    }
    Ok(if arguments.add { ledger.judge(summary.groups(), &[], today) } else { judged })
}

/// The file first: whoever reads standard output may go away.
fn write(arguments: &ReplayArguments, summary: &Summary) -> Result<(), Complaint> {
    if let Some(path) = &arguments.junit {
        let written = std::fs::File::create(path).and_then(|mut file| summary.write_junit(&mut file));
        written.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let mut output = std::io::stdout().lock();
    let written = if arguments.json { summary.write_json(&mut output) } else { summary.write_text(&mut output) };
    written.and_then(|()| output.flush()).map_err(|error| not_written(&error))
}
