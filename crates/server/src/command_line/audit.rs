//! `dragoman audit list|export|verify`: what happened, and that nobody changed the record of it.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use dragoman_accounts::{Accounts, AuditAnchor, AuditFilter, AuditProof, TrailRecord, clock::Timestamp};
use serde_json::{Value, json};

use super::{Complaint, account_desk::Desk, account_view::date, open_accounts, output, plain::plain, wait_for};
use crate::config::Settings;

/// What happened, by whom, from where.
#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Show the newest records
    List {
        #[command(flatten)]
        filter: FilterArguments,
        /// How many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1_000))]
        limit: i64,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Write all records, oldest first, each as JSON on a line of its own
    Export {
        #[command(flatten)]
        filter: FilterArguments,
    },
    /// Prove that no record was changed, removed, swapped or added since it was sealed
    Verify {
        /// What an earlier run called the anchor: proves besides that the whole chain was not made anew since
        #[arg(long, value_name = "SEAL:DIGEST", value_parser = anchor)]
        anchor: Option<AuditAnchor>,
    },
}

#[derive(Debug, Args)]
pub(super) struct FilterArguments {
    /// Of this account: its name, or its number
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Done by this account: its name, or its number
    #[arg(long, value_name = "ACCOUNT")]
    actor: Option<String>,
    /// What happened, such as `locked`
    #[arg(long)]
    action: Option<String>,
    /// At this time or later, such as 2026-11-28 or 2026-11-28T05:00:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    since: Option<Timestamp>,
    /// Before this time
    #[arg(long, value_name = "TIME", value_parser = instant)]
    until: Option<Timestamp>,
}

fn instant(text: &str) -> Result<Timestamp, String> {
    let whole = if text.len() == "2026-11-28".len() { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let time: jiff::Timestamp = whole.parse().map_err(|_| "is no time like 2026-11-28T05:00:00Z".to_owned())?;
    Ok(Timestamp::from_millis(time.as_millisecond()))
}

fn anchor(text: &str) -> Result<AuditAnchor, String> {
    let wrong = || "is no anchor like 12:6af0...".to_owned();
    let (number, digits) = text.split_once(':').ok_or_else(wrong)?;
    let number = number.parse().map_err(|_| wrong())?;
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let digest: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(byte).collect();
    Ok(AuditAnchor { number, digest: digest.ok_or_else(wrong)? })
}

pub(super) fn run(command: &AuditCommand, settings: &Settings) -> Result<ExitCode, Complaint> {
    wait_for(async {
        let accounts = open_accounts(settings).await?;
        let done = work(command, &accounts).await;
        accounts.close().await;
        done
    })?
}

async fn work(command: &AuditCommand, accounts: &Accounts) -> Result<ExitCode, Complaint> {
    match command {
        AuditCommand::List { filter, limit, json } => {
            let records = accounts.newest_audit(filter.read(accounts).await?, None, *limit).await?;
            if *json {
                output::print_json(&records.iter().map(value).collect())?;
            } else {
                output::print(&records.iter().map(line).collect::<String>())?;
            }
            Ok(ExitCode::SUCCESS)
        }
        AuditCommand::Export { filter } => {
            let filter = filter.read(accounts).await?;
            let mut after = 0;
            loop {
                let page = accounts.audit_page(filter.clone(), after).await?;
                let Some(last) = page.last() else { return Ok(ExitCode::SUCCESS) };
                after = last.id;
                for record in &page {
                    output::print_json(&value(record))?;
                }
            }
        }
        AuditCommand::Verify { anchor } => {
            accounts.seal_audit().await?;
            report(&accounts.verify_audit(anchor.clone()).await?)
        }
    }
}

fn report(proof: &AuditProof) -> Result<ExitCode, Complaint> {
    for problem in &proof.problems {
        output::print_line(problem)?;
    }
    if let Some(seal) = proof.pruned {
        output::print_line(&format!("records of the seals up to {seal} were deleted because of their age"))?;
    }
    if !proof.problems.is_empty() {
        return Err(Complaint(format!("the audit is not as it was sealed: {} problems", proof.problems.len())));
    }
    output::print_line(&format!("{} records are as they were sealed", proof.records))?;
    if let Some(newest) = &proof.newest {
        output::print_line(&format!("anchor {newest}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl FilterArguments {
    async fn read(&self, accounts: &Accounts) -> Result<AuditFilter, Complaint> {
        Ok(AuditFilter {
            account: number_of(accounts, self.account.as_deref()).await?,
            actor: number_of(accounts, self.actor.as_deref()).await?,
            action: self.action.clone(),
            since: self.since,
            until: self.until,
        })
    }
}

/// A number may be of an account that is gone.
async fn number_of(accounts: &Accounts, account: Option<&str>) -> Result<Option<i64>, Complaint> {
    let Some(account) = account else { return Ok(None) };
    if let Ok(number) = account.parse() {
        return Ok(Some(number));
    }
    Ok(Some(Desk::new(accounts, None, false).number_of(account).await?.0))
}

fn value(record: &TrailRecord) -> Value {
    json!({
        "id": record.id,
        "at": date(record.at),
        "action": record.action,
        "account": record.account.map(|account| account.0),
        "actor": record.actor.map(|actor| actor.0),
        "through": record.dialect,
        "from": record.network,
        "detail": record.detail,
    })
}

fn line(record: &TrailRecord) -> String {
    let account = record.account.map_or("-".to_owned(), |account| account.to_string());
    let actor = record.actor.map_or(String::new(), |actor| format!(" by {actor}"));
    let from = record.network.as_deref().map_or(String::new(), |network| format!(" from {network}"));
    let detail = record.detail.as_deref().map_or(String::new(), |detail| format!(": {}", plain(detail)));
    let through = if record.dialect.is_empty() { "-" } else { &record.dialect };
    format!("{}  {account:>8}  {through:<8}  {}{actor}{from}{detail}\n", date(record.at), record.action)
}
