//! `dragoman upstream status|check|take-over`: the old servers that still live behind mounts.

use std::process::ExitCode;

use clap::Subcommand;
use dragoman_accounts::{Accounts, TakeoverDay};
use dragoman_upstream::Upstream;
use serde_json::{Value, json};

use super::{Complaint, acts::origin, open_accounts, output, wait_for};
use crate::{
    config::{MountSettings, Settings},
    mounting::realm_of_scope,
};

/// The old servers that still live behind mounts.
#[derive(Debug, Subcommand)]
pub(super) enum UpstreamCommand {
    /// Show who has moved here, day by day, and whether the old servers answer
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Ask an old server each question once and say what fits its contract and what does not
    Check {
        /// Its mount's section: `proxy`, `mounts[0]`
        mount: String,
    },
    /// Let the gateway decide about every account that is here (`mode = "all"`); tells first what would change
    TakeOver {
        /// Its mount's section: `proxy`, `mounts[0]`
        mount: String,
        /// Do it
        #[arg(long, conflicts_with = "undo")]
        yes: bool,
        /// Let the old server decide again
        #[arg(long)]
        undo: bool,
    },
}

pub(super) fn run(command: &UpstreamCommand, settings: &Settings) -> Result<ExitCode, Complaint> {
    match command {
        UpstreamCommand::Check { mount } => return wait_for(check(found(settings, mount)?))?,
        UpstreamCommand::Status { .. } | UpstreamCommand::TakeOver { .. } => {}
    }
    wait_for(async {
        let accounts = open_accounts(settings).await?;
        let done = match command {
            UpstreamCommand::TakeOver { mount, yes, undo } => {
                take_over(&accounts, settings, found(settings, mount)?, *yes, *undo).await
            }
            UpstreamCommand::Status { json } => status(&accounts, settings, *json).await,
            UpstreamCommand::Check { .. } => Ok(()),
        };
        accounts.close().await;
        done
    })??;
    Ok(ExitCode::SUCCESS)
}

fn with_old_servers(settings: &Settings) -> impl Iterator<Item = &MountSettings> {
    settings.mounts.iter().filter(|mount| mount.upstream.url.is_some())
}

fn found<'s>(settings: &'s Settings, section: &str) -> Result<&'s MountSettings, Complaint> {
    let found = with_old_servers(settings).find(|mount| mount.section == section);
    found.ok_or_else(|| Complaint(format!("no mount `{section}` with an `upstream.url` is configured")))
}

fn client(mount: &MountSettings) -> Result<Upstream, Complaint> {
    let options = mount.upstream.options().ok_or_else(|| Complaint("it has no `url`".to_owned()))?;
    Upstream::open(&options).map_err(|error| Complaint(error.to_string()))
}

/// Everything is tried, and one thing that does not fit is status 10.
async fn check(mount: &MountSettings) -> Result<ExitCode, Complaint> {
    let old = client(mount)?;
    let mut fits = true;
    for probe in mount.dialect.probes {
        let line = match probe.run(&old).await {
            Ok(()) => format!("fits      {}", probe.what),
            Err(reason) => {
                fits = false;
                format!("does not  {}: {reason}", probe.what)
            }
        };
        output::print_line(&line)?;
    }
    Ok(if fits { ExitCode::SUCCESS } else { ExitCode::from(10) })
}

async fn status(accounts: &Accounts, settings: &Settings, as_json: bool) -> Result<(), Complaint> {
    let waiting = accounts.count_without_password().await?;
    let mut rows = Vec::new();
    for mount in with_old_servers(settings) {
        let (realm, _) = realm_of_scope(&settings.mounts, &mount.dialect, &mount.scope);
        let days = accounts.takeover_days(&realm).await?;
        let ended = accounts.is_taken_over(&realm).await?;
        let old = client(mount)?;
        let answers = match mount.dialect.probes.first() {
            Some(probe) => probe.run(&old).await,
            None => Ok(()),
        };
        rows.push(Row { mount, days, ended, answers });
    }
    if as_json {
        let mounts: Vec<Value> = rows.iter().map(Row::value).collect();
        return output::print_json(&json!({"mounts": mounts, "without_password": waiting}));
    }
    let rows: String = rows.iter().map(Row::text).collect();
    output::print(&format!("{rows}{waiting} accounts here wait for their password, in whatever dialect\n"))
}

struct Row<'s> {
    mount: &'s MountSettings,
    days: Vec<TakeoverDay>,
    ended: bool,
    answers: Result<(), String>,
}

impl Row<'_> {
    fn total(&self, of: fn(&TakeoverDay) -> i64) -> i64 {
        self.days.iter().map(of).sum()
    }

    fn text(&self) -> String {
        let (section, scope) = (&self.mount.section, &self.mount.scope);
        let answers = match &self.answers {
            Ok(()) => "it answers".to_owned(),
            Err(reason) => format!("it does not answer as it should: {reason}"),
        };
        let ended = if self.ended { ", taken over: the gateway decides" } else { "" };
        let [created, completed, refused] =
            [self.total(|day| day.created), self.total(|day| day.completed), self.total(|day| day.refused)];
        let mut text = format!(
            "{section} (scope {scope}, mode {}{ended}): {answers}\n  taken over {created}, completed {completed}, refused {refused}\n",
            self.mount.upstream.mode.name()
        );
        for TakeoverDay { day, created, completed, refused } in &self.days {
            text.push_str(&format!(
                "  {day}  taken over {created:>6}  completed {completed:>6}  refused {refused:>6}\n"
            ));
        }
        text
    }

    fn value(&self) -> Value {
        let days: Vec<Value> = self
            .days
            .iter()
            .map(|day| {
                json!({"day": day.day, "created": day.created, "completed": day.completed, "refused": day.refused})
            })
            .collect();
        json!({
            "mount": self.mount.section,
            "scope": self.mount.scope,
            "mode": self.mount.upstream.mode.name(),
            "taken_over": self.ended,
            "answers": self.answers.is_ok(),
            "reason": self.answers.as_ref().err(),
            "created": self.total(|day| day.created),
            "completed": self.total(|day| day.completed),
            "refused": self.total(|day| day.refused),
            "days": days,
        })
    }
}

async fn take_over(
    accounts: &Accounts,
    settings: &Settings,
    mount: &MountSettings,
    yes: bool,
    undo: bool,
) -> Result<(), Complaint> {
    let (realm, _) = realm_of_scope(&settings.mounts, &mount.dialect, &mount.scope);
    if yes || undo {
        accounts.set_taken_over(&realm, yes, origin()).await?;
        let who = if yes { "the gateway decides" } else { "the old server decides" };
        return output::print_line(&format!("{}: from now on {who}, on every replica", mount.section));
    }
    let days = accounts.takeover_days(&realm).await?;
    let here: i64 = days.iter().map(|day| day.created + day.completed).sum();
    let waiting = accounts.count_without_password().await?;
    let state =
        if accounts.is_taken_over(&realm).await? { "the gateway decides already" } else { "nothing was changed" };
    output::print(&format!(
        "{}: {here} accounts came from the old server; their passwords here would decide, whatever it says.\n\
         {waiting} accounts here, in whatever dialect, have no password: the old server goes on being asked about them,\n\
         as about names that are not here, until its `mode` is off.\n{state}; `--yes` does it\n",
        mount.section
    ))
}
