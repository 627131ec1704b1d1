//! `dragoman shadow status|forget`: what the old servers answered to the requests that were also put to them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;

use clap::Subcommand;
use dragoman_accounts::{Accounts, clock::Timestamp};
use dragoman_usage::{SampleRow, Usage, VerdictRow};
use serde_json::{Value, json};

use super::{Complaint, account_view::date, acts::record, open_domain, output, plain::plain, wait_for};
use crate::config::Settings;

/// Requests that were also put to an old server.
#[derive(Debug, Subcommand)]
pub(super) enum ShadowCommand {
    /// Show how many answers agreed, and where the others differ
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Forget all verdicts, to count anew
    Forget,
}

pub(super) fn run(command: &ShadowCommand, settings: &Settings) -> Result<ExitCode, Complaint> {
    wait_for(async {
        let domain = open_domain(settings).await?;
        let usage = Usage::new(domain.store.clone(), settings.usage.limits());
        let done = work(command, &usage, &domain.accounts).await;
        domain.accounts.close().await;
        done
    })??;
    Ok(ExitCode::SUCCESS)
}

async fn work(command: &ShadowCommand, usage: &Usage, accounts: &Accounts) -> Result<(), Complaint> {
    match command {
        ShadowCommand::Status { json } => {
            let read = usage.verdicts().await.map_err(|error| Complaint(error.to_string()))?;
            if *json { output::print_json(&value(&read)) } else { output::print(&text(&read)) }
        }
        ShadowCommand::Forget => {
            let rows = usage.forget_verdicts().await.map_err(|error| Complaint(error.to_string()))?;
            record(accounts, "shadow verdicts forgotten", Some(&format!("{rows} rows"))).await?;
            output::print_line(&format!("{rows} rows forgotten"))
        }
    }
}

fn text((verdicts, samples): &(Vec<VerdictRow>, Vec<SampleRow>)) -> String {
    if verdicts.is_empty() {
        return "no request was put to an old server yet\n".to_owned();
    }
    let mut routes: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for VerdictRow { mount, route, verdict, requests, .. } in verdicts {
        routes.entry((mount, route)).or_default().push(format!("{requests} {verdict}"));
    }
    let mut text = String::new();
    for ((mount, route), counts) in routes {
        let _ = writeln!(text, "{mount} {route}: {}", counts.join(", "));
        for sample in samples.iter().filter(|sample| sample.mount == mount && sample.route == route) {
            let SampleRow { place, old, ours, requests, last_at, .. } = sample;
            let (place, old, ours) = (plain(place), plain(old), plain(ours));
            let _ =
                writeln!(text, "    {place}: old {old}, ours {ours} ({requests} times, last {})", instant(*last_at));
        }
    }
    text
}

fn value((verdicts, samples): &(Vec<VerdictRow>, Vec<SampleRow>)) -> Value {
    let verdicts = verdicts.iter().map(|row| {
        let (first, last) = (instant(row.first_at), instant(row.last_at));
        json!({
            "mount": row.mount, "route": row.route, "verdict": row.verdict, "requests": row.requests,
            "first_seen": first, "last_seen": last,
        })
    });
    let samples = samples.iter().map(|row| {
        let (first, last) = (instant(row.first_at), instant(row.last_at));
        json!({
            "mount": row.mount, "route": row.route, "place": row.place, "old": row.old, "ours": row.ours,
            "requests": row.requests, "first_seen": first, "last_seen": last,
        })
    });
    json!({ "verdicts": verdicts.collect::<Value>(), "samples": samples.collect::<Value>() })
}

fn instant(millis: i64) -> String {
    date(Timestamp::from_millis(millis))
}
