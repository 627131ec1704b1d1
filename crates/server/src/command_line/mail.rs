//! `dragoman mail list|revive`: mails that were given up.

use std::process::ExitCode;

use clap::Subcommand;
use dragoman_accounts::{Accounts, DeadMail};
use serde_json::{Value, json};

use super::{Complaint, account_view::date, open_accounts, wait_for};
use crate::config::Settings;

/// Mails that were given up.
#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// Show mails that were given up, latest first, and why
    List {
        /// How many at most
        #[arg(long, value_name = "NUMBER", default_value_t = 100)]
        most: usize,
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
                accounts.dead_mails(*most).await.map(|mails| print(&mails, *json)).map_err(Complaint::from)
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
        if !accounts.revive_mail(id).await? {
            unknown.push(id.as_str());
        }
    }
    println!("{} queued again", ids.len() - unknown.len());
    if unknown.is_empty() { Ok(()) } else { Err(format!("not among the dead: {}", unknown.join(", ")).into()) }
}

fn print(mails: &[DeadMail], as_json: bool) {
    if as_json {
        println!("{}", mails.iter().map(as_value).collect::<Value>());
        return;
    }
    for mail in mails {
        let DeadMail { id, recipient, subject, attempts, died_at, reason, .. } = mail;
        println!("{id}  {}  {recipient}  {subject}  after {attempts} attempts: {reason}", date(*died_at));
    }
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
