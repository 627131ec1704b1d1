//! `dragoman usage`: who still calls which route, which routes nobody calls, and whom it would hurt to switch a mount off.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::process::ExitCode;

use clap::Args;
use dragoman_accounts::clock::{Clock, SystemClock, Timestamp};
use dragoman_usage::{OTHER_ROUTE, RouteUse, Since, Usage, Use, day_of};
use serde_json::{Map, Value, json};

use super::{Complaint, account_view::date, open_domain, output, wait_for};
use crate::config::{MountSettings, Settings};

/// Accounts that one line names.
const NAMED: usize = 10;

/// Who still calls what.
#[derive(Debug, Args)]
pub(super) struct UsageArguments {
    /// Only what was called in the last days; today is one of them
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=36_525))]
    since: u32,
    /// What would break without this mount: its routes, clients and accounts that still call (a prefix, a section or a dialect)
    #[arg(long, value_name = "MOUNT")]
    without: Option<String>,
    /// As JSON, with the count of every day
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &UsageArguments, settings: &Settings) -> Result<ExitCode, Complaint> {
    let mounts = chosen(arguments.without.as_deref(), &settings.mounts)?;
    let today = day_of(SystemClock.now().millis());
    let since = Since(today - i64::from(arguments.since) + 1);
    let (uses, began_at) = wait_for(async {
        let domain = open_domain(settings).await?;
        let usage = Usage::new(domain.store.clone(), settings.usage.limits());
        let read = async { Ok::<_, dragoman_store::StoreError>((usage.since(since).await?, usage.began_at().await?)) };
        let read = read.await.map_err(|error| Complaint(error.to_string()));
        domain.accounts.close().await;
        read
    })??;
    let report = Report { arguments, mounts: &mounts, began_at, since, uses: &uses };
    if arguments.json {
        output::print_json(&report.value())?;
    } else {
        output::print(&report.text())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The mounts that a report is about.
fn chosen<'s>(without: Option<&str>, mounts: &'s [MountSettings]) -> Result<Vec<&'s MountSettings>, Complaint> {
    let Some(name) = without else { return Ok(mounts.iter().collect()) };
    let is_meant = |mount: &&MountSettings| [&*mount.prefix, &*mount.section, mount.dialect.name].contains(&name);
    let meant: Vec<&MountSettings> = mounts.iter().filter(is_meant).collect();
    if meant.is_empty() {
        let known: Vec<&str> = mounts.iter().map(|mount| mount.prefix.as_str()).collect();
        return Err(format!("no mount is called `{name}`: there are {}", known.join(", ")).into());
    }
    Ok(meant)
}

struct Report<'r> {
    arguments: &'r UsageArguments,
    mounts: &'r [&'r MountSettings],
    began_at: Option<i64>,
    since: Since,
    uses: &'r BTreeMap<(String, String), RouteUse>,
}

impl Report<'_> {
    /// The routes of a mount in the contract's order, and what its dialect has no route for; with their uses.
    fn routes<'r>(&'r self, mount: &'r MountSettings) -> impl Iterator<Item = (&'r str, Option<&'r RouteUse>)> {
        let patterns = mount.dialect.routes.iter().map(|route| route.pattern);
        let called = |route: &str| self.uses.get(&(mount.prefix.clone(), route.to_owned()));
        let listed = patterns.map(move |route| (route, called(route)));
        listed.chain(called(OTHER_ROUTE).map(|uses| (OTHER_ROUTE, Some(uses))))
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let days = self.arguments.since;
        let _ = match self.began_at {
            None => writeln!(text, "nothing was counted yet"),
            Some(began_at) => writeln!(text, "the last {days} days; counted since {}", instant(began_at)),
        };
        for mount in self.mounts {
            let _ = writeln!(text, "\n{} ({})", mount.prefix, mount.dialect.name);
            let (called, silent): (Vec<_>, Vec<_>) = self.routes(mount).partition(|(_, uses)| uses.is_some());
            for (route, uses) in called {
                if let Some(uses) = uses {
                    let _ = writeln!(text, "  {}", line(route, &uses.all));
                    for (client, uses) in &uses.clients {
                        let _ = writeln!(text, "      {}", line(client.as_str(), uses));
                    }
                }
            }
            if self.arguments.without.is_none() || silent.len() == mount.dialect.routes.len() {
                for (route, _) in silent {
                    let _ = writeln!(text, "  {route}: no caller for {days} days");
                }
            }
        }
        if self.arguments.without.is_some() {
            text.push_str(&self.verdict());
        }
        text
    }

    /// What it would mean to switch the chosen mounts off.
    fn verdict(&self) -> String {
        let uses = || self.mounts.iter().flat_map(|mount| self.routes(mount)).filter_map(|(_, uses)| uses);
        let accounts: BTreeSet<i64> = uses().flat_map(|uses| uses.all.accounts.iter().copied()).collect();
        let clients: BTreeSet<_> = uses().flat_map(|uses| uses.clients.keys()).collect();
        let requests: i64 = uses().map(|uses| uses.all.requests).sum();
        if requests == 0 {
            return format!("\nnobody called in {} days: nothing that was counted would break\n", self.arguments.since);
        }
        let (clients, more) =
            (clients.len(), if uses().any(|uses| uses.all.has_other_accounts) { "at least " } else { "" });
        format!(
            "\nwithout it {requests} requests of {clients} clients and {more}{} accounts would have failed\n",
            accounts.len()
        )
    }

    fn value(&self) -> Value {
        let mounts = self.mounts.iter().map(|mount| {
            let routes = self.routes(mount).map(|(route, uses)| {
                let clients = uses.into_iter().flat_map(|uses| &uses.clients);
                let clients = clients.map(|(client, uses)| Value::Object(members("client", client.as_str(), uses)));
                let nothing = Use::default();
                let mut value = members("route", route, uses.map_or(&nothing, |uses| &uses.all));
                value.insert("clients".to_owned(), clients.collect());
                Value::Object(value)
            });
            json!({ "mount": mount.prefix, "dialect": mount.dialect.name, "routes": routes.collect::<Value>() })
        });
        json!({
            "days": self.arguments.since,
            "since": day(self.since.0),
            "counted_since": self.began_at.map(instant),
            "mounts": mounts.collect::<Value>(),
        })
    }
}

fn line(name: &str, uses: &Use) -> String {
    let accounts = match uses.accounts.len() {
        0 => "no account".to_owned(),
        1..=NAMED => {
            let numbers: Vec<String> = uses.accounts.iter().map(ToString::to_string).collect();
            format!("accounts {}", numbers.join(" "))
        }
        many => format!("{many} accounts"),
    };
    let more = if uses.has_other_accounts { " and others" } else { "" };
    let (first, last) = (instant(uses.first_at), instant(uses.last_at));
    format!("{name}: {} requests, {accounts}{more}, first {first}, last {last}", uses.requests)
}

fn members(kind: &str, name: &str, uses: &Use) -> Map<String, Value> {
    let seen = |at: i64| (uses.last_at > 0).then(|| instant(at));
    let by_day = uses.by_day.iter().map(|(number, requests)| (day(*number), Value::from(*requests)));
    let members = [
        (kind, Value::from(name)),
        ("requests", uses.requests.into()),
        ("first_seen", seen(uses.first_at).into()),
        ("last_seen", seen(uses.last_at).into()),
        ("accounts", uses.accounts.iter().copied().collect()),
        ("other_accounts", uses.has_other_accounts.into()),
        ("by_day", Value::Object(by_day.collect())),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn instant(millis: i64) -> String {
    date(Timestamp::from_millis(millis))
}

fn day(number: i64) -> String {
    instant(number.saturating_mul(86_400_000)).split('T').next().unwrap_or_default().to_owned()
}
