//! `dragoman mail list|revive`: mails that were given up.

use std::process::ExitCode;

use clap::Subcommand;
use dragoman_accounts::{Accounts, DeadMail};
use serde_json::{Value, json};

use super::{Complaint, account_view::date, acts::origin, open_accounts, output, plain::plain, wait_for};
use crate::config::Settings;

/// Mails that were given up.
#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// Show mails that were given up, latest first, and why
    List {
        /// How many at most
        #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        most: u32,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Put mails that were given up back into the queue; a running server sends them
    Revive {
        /// Their ids, as `list` shows them
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
    },
}

pub(super) fn run(command: &MailCommand, settings: &Settings) -> Result<ExitCode, Complaint> {
    wait_for(async {
        let accounts = open_accounts(settings).await?;
        let done = match command {
            MailCommand::List { most, json } => {
                let listed = accounts.dead_mails(usize::try_from(*most).unwrap_or(usize::MAX)).await;
                listed.map_err(Complaint::from).and_then(|mails| print(&mails, *json))
            }
            MailCommand::Revive { ids } => revive(&accounts, ids).await,
        };
        accounts.close().await;
        done
    })??;
    Ok(ExitCode::SUCCESS)
}

async fn revive(accounts: &Accounts, ids: &[String]) -> Result<(), Complaint> {
    let mut unknown = Vec::new();
    for id in ids {
        if !accounts.revive_mail(id, origin()).await? {
            unknown.push(id.as_str());
        }
    }
    output::print_line(&format!("{} queued again", ids.len() - unknown.len()))?;
    if unknown.is_empty() { Ok(()) } else { Err(format!("not among the dead: {}", unknown.join(", ")).into()) }
}

fn print(mails: &[DeadMail], as_json: bool) -> Result<(), Complaint> {
    if as_json {
        return output::print_json(&mails.iter().map(as_value).collect());
    }
    output::print(&mails.iter().map(line).collect::<String>())
}

/// Recipient and subject are a client's words, the reason a mail server's.
fn line(mail: &DeadMail) -> String {
    let DeadMail { id, recipient, subject, attempts, died_at, reason, .. } = mail;
    let (recipient, subject, reason) = (plain(recipient), plain(subject), plain(reason));
    format!("{id}  {}  {recipient}  {subject}  after {attempts} attempts: {reason}\n", date(*died_at))
}

fn as_value(mail: &DeadMail) -> Value {
    json!({
        "id": mail.id,
        "recipient": mail.recipient,
        "subject": mail.subject,
        "attempts": mail.attempts,
        "created_at": date(mail.created_at),
        "died_at": date(mail.died_at),
        "reason": mail.reason,
    })
}
