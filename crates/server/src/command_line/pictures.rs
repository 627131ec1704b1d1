//! `dragoman pictures list|prune`: what is in the picture store, and what of it nobody shows.

use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use dragoman_accounts::{Accounts, clock::Timestamp};
use serde_json::{Value, json};

use super::{Complaint, account_view::date, acts::record, open_accounts, output, wait_for};
use crate::{
    config::Settings,
    process::picture_store,
    unused_pictures::{Found, Place, compare, picture_places, remove_unused},
};

/// What is in the picture store, and what of it nobody shows.
#[derive(Debug, Subcommand)]
pub(super) enum PicturesCommand {
    /// Show the pictures of every mount
    List {
        /// Only uploads that no account shows
        #[arg(long)]
        unused: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove uploads that no account shows
    Prune {
        /// Only those that are older; an upload may be used for 20 minutes after it was made
        #[arg(long, value_name = "DAYS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=36_525))]
        older_than_days: u32,
    },
}

pub(super) fn run(command: &PicturesCommand, settings: &Settings) -> Result<ExitCode, Complaint> {
    wait_for(async {
        let accounts = open_accounts(settings).await?;
        let done = work(command, &accounts, settings).await;
        accounts.close().await;
        done
    })??;
    Ok(ExitCode::SUCCESS)
}

async fn work(command: &PicturesCommand, accounts: &Accounts, settings: &Settings) -> Result<(), Complaint> {
    let store = picture_store(settings)?;
    let places = picture_places(&settings.mounts);
    match command {
        PicturesCommand::List { unused, json } => {
            let mut rows = Vec::new();
            for place in &places {
                let found = compare(accounts, &store, place).await?.into_iter();
                let wanted = found.filter(|found| !unused || found.is_upload && !found.is_used);
                rows.extend(wanted.map(|found| Row { place, found }));
            }
            if *json {
                output::print_json(&rows.iter().map(Row::value).collect())
            } else {
                output::print(&rows.iter().map(Row::line).collect::<String>())
            }
        }
        PicturesCommand::Prune { older_than_days } => {
            let age = Duration::from_secs(u64::from(*older_than_days) * 24 * 60 * 60);
            let removed = remove_unused(accounts, &store, &places, age).await?;
            record(accounts, "pictures removed", Some(&format!("{removed} unused"))).await?;
            output::print_line(&format!("{removed} unused pictures removed"))
        }
    }
}

struct Row<'p> {
    place: &'p Place,
    found: Found,
}

impl Row<'_> {
    fn state(&self) -> &'static str {
        match &self.found {
            Found { is_used: true, .. } => "shown",
            Found { is_upload: true, .. } => "unused",
            Found { .. } => "kept",
        }
    }

    fn line(&self) -> String {
        let (scope, listed) = (&self.place.scope, &self.found.listed);
        let stored = date(Timestamp::from_seconds(listed.facts.modified));
        format!("{stored}  {:>9}  {:<6}  {scope}/{}\n", listed.facts.size, self.state(), listed.name)
    }

    fn value(&self) -> Value {
        let listed = &self.found.listed;
        json!({
            "scope": self.place.scope,
            "name": listed.name,
            "bytes": listed.facts.size,
            "stored_at": date(Timestamp::from_seconds(listed.facts.modified)),
            "state": self.state(),
        })
    }
}
