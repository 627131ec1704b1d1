//! `dragoman keys rotate|list`: the keys that sign the proxy dialect's tokens, when none is configured.

use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use dragoman_accounts::clock::Timestamp;
use dragoman_dialect_proxy::SIGNING_KEYS;
use serde_json::{Value, json};

use super::{Complaint, account_view::date, open_accounts, wait_for};
use crate::config::Settings;

/// Signing keys kept in the database.
#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Sign with a new key from now on; tokens of the old one are accepted for some time yet
    Rotate {
        /// How long tokens of the old key are accepted
        #[arg(long, value_name = "SECONDS", default_value_t = 30 * 24 * 60 * 60)]
        accept_old_seconds: u64,
    },
    /// Show the keys' dates, newest first; never the keys
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: &KeysCommand, settings: &Settings) -> Result<ExitCode, Complaint> {
    wait_for(async {
        let accounts = open_accounts(settings).await?;
        let done = match command {
            KeysCommand::Rotate { accept_old_seconds } => {
                let overlap = Duration::from_secs(*accept_old_seconds);
                let rotated = accounts.rotate_signing_keys(SIGNING_KEYS, overlap).await;
                rotated.map(|()| println!("tokens are signed with a new key from now on"))
            }
            KeysCommand::List { json } => {
                accounts.list_signing_keys(SIGNING_KEYS).await.map(|keys| print(&keys, *json))
            }
        };
        accounts.close().await;
        done.map_err(Complaint::from)
    })??;
    Ok(ExitCode::SUCCESS)
}

fn print(keys: &[(Timestamp, Option<Timestamp>)], as_json: bool) {
    if as_json {
        let key = |(created, accepted_until): &(Timestamp, Option<Timestamp>)| json!({ "created_at": date(*created), "accepted_until": accepted_until.map(date) });
        println!("{}", keys.iter().map(key).collect::<Value>());
        return;
    }
    for (created, accepted_until) in keys {
        match accepted_until {
            None => println!("{}  signs", date(*created)),
            Some(end) => println!("{}  accepted until {}", date(*created), date(*end)),
        }
    }
}
