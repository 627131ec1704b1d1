//! `dragoman keys rotate|list`: the keys that sign the proxy dialect's tokens, when none is configured.

use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use dragoman_accounts::clock::Timestamp;
use dragoman_dialect_proxy::SIGNING_KEYS;
use serde_json::json;

use super::{Complaint, account_view::date, acts::origin, open_accounts, output, wait_for};
use crate::config::Settings;

/// Signing keys kept in the database.
#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Sign with a new key from now on; tokens of the old one are accepted for some time yet
    Rotate {
        /// How long tokens of the old key are accepted
        #[arg(long, value_name = "SECONDS", default_value_t = 30 * 24 * 60 * 60, value_parser = clap::value_parser!(u64).range(..=CENTURY_SECONDS))]
        accept_old_seconds: u64,
    },
    /// Show the keys' dates, newest first; never the keys
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Longest overlap of two keys.
const CENTURY_SECONDS: u64 = 100 * 365 * 24 * 60 * 60;

pub(super) fn run(command: &KeysCommand, settings: &Settings) -> Result<ExitCode, Complaint> {
    wait_for(async {
        let accounts = open_accounts(settings).await?;
        let done = match command {
            KeysCommand::Rotate { accept_old_seconds } => {
                let overlap = Duration::from_secs(*accept_old_seconds);
                let rotated = accounts.rotate_signing_keys(SIGNING_KEYS, overlap, origin()).await;
                rotated.map(|()| None)
            }
            KeysCommand::List { json } => {
                accounts.list_signing_keys(SIGNING_KEYS).await.map(|keys| Some((keys, *json)))
            }
        };
        accounts.close().await;
        match done? {
            Some((keys, json)) => print(&keys, json),
            None => output::print_line("tokens are signed with a new key from now on"),
        }
    })??;
    Ok(ExitCode::SUCCESS)
}

fn print(keys: &[(Timestamp, Option<Timestamp>)], as_json: bool) -> Result<(), Complaint> {
    if as_json {
        let key = |(created, accepted_until): &(Timestamp, Option<Timestamp>)| json!({ "created_at": date(*created), "accepted_until": accepted_until.map(date) });
        return output::print_json(&keys.iter().map(key).collect());
    }
    let line = |(created, accepted_until): &(Timestamp, Option<Timestamp>)| match accepted_until {
        None => format!("{}  signs\n", date(*created)),
        Some(end) => format!("{}  accepted until {}\n", date(*created), date(*end)),
    };
    output::print(&keys.iter().map(line).collect::<String>())
}
