//! `dragoman copy-database`: moving up, from any engine to any.

use std::process::ExitCode;

use clap::Args;
use dragoman_backup::{Phase, copy, resume_or_begin};
use dragoman_store::{Claim, DatabaseUrl, rows::Rows};

use super::{Complaint, acts::record, open_accounts, output, row_progress::RowProgress, wait_for};
use crate::backups::rows_at;
use crate::config::{DatabaseSettings, Settings};

#[derive(Debug, Args)]
pub(super) struct CopyArguments {
    /// The database to copy; without it the configured one
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The database to copy into: empty, or one that this copy was begun with
    #[arg(long, value_name = "URL", required_unless_present = "reopen")]
    to: Option<String>,
    /// No server works on the source: leave it as it is
    #[arg(long)]
    offline: bool,
    /// Let the source take writes again after a copy that shall not count
    #[arg(long, conflicts_with_all = ["to", "offline"])]
    reopen: bool,
}

pub(super) fn run(arguments: &CopyArguments, settings: &Settings) -> Result<ExitCode, Complaint> {
    let from = arguments.from.as_ref().unwrap_or(&settings.database.url);
    let source = rows_at(parsed("--from", from)?)?;
    let at = |url: &String| {
        let database = DatabaseSettings { url: url.clone(), ..settings.database.clone() };
        Settings { database, ..settings.clone() }
    };
    let Some(to) = &arguments.to else { return reopen(&source, &at(from)) };
    let target_url = parsed("--to", to)?;
    let target = rows_at(target_url.clone())?;
    if source.shown() == target.shown() {
        return Err("--from and --to are the same database".into());
    }
    let _claim = Claim::of(&target_url, "`dragoman copy-database`").map_err(|error| Complaint(error.to_string()))?;
    let copied = wait_for(async {
        open_accounts(&at(from)).await?.close().await;
        if target.unfinished().await.map_err(dragoman_backup::BackupError::from)?.is_none() {
            open_accounts(&at(to)).await?.close().await;
        }
        if !resume_or_begin(&source, &target).await? {
            output::remark("going on with the copy that was begun");
        } else if !arguments.offline {
            record_at(&at(from), "database copied and closed", &format!("to {}", target.shown())).await;
        }
        let progress = RowProgress::start("copying", 0);
        let mut last = Phase::Copying;
        let copied = copy(&source, &target, !arguments.offline, &mut |now| {
            if now.phase != last {
                last = now.phase;
                output::remark(match now.phase {
                    Phase::Copying => "copying",
                    Phase::CatchingUp => "the source takes no more writes; catching up",
                    Phase::Verifying => "comparing every row",
                });
            }
            progress.at(now.rows);
        })
        .await;
        progress.finish();
        let copied = copied?;
        let accounts = open_accounts(&at(to)).await?;
        record(&accounts, "database copied", Some(&format!("from {}", source.shown()))).await?;
        accounts.close().await;
        Ok::<_, Complaint>(copied)
    })??;
    output::print_line(&format!("{} rows are in {}, and no others", copied.rows, target.shown()))?;
    if !arguments.offline {
        output::print_line(
            "the source takes no more writes: stop its servers and start them with the new database\n\
             (`dragoman copy-database --reopen` opens the source again, should you stay there)",
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// In the source, as long as it takes writes.
async fn record_at(settings: &Settings, action: &'static str, detail: &str) {
    let recorded = async {
        let accounts = open_accounts(settings).await?;
        let recorded = record(&accounts, action, Some(detail)).await;
        accounts.close().await;
        recorded
    };
    if let Err(Complaint(reason)) = recorded.await {
        output::remark(&format!("the audit of the source does not know of this: {reason}"));
    }
}

fn parsed(option: &str, url: &str) -> Result<DatabaseUrl, Complaint> {
    url.parse().map_err(|error: dragoman_store::DatabaseUrlError| Complaint(format!("{option}: {error}")))
}

fn reopen(source: &Rows, settings: &Settings) -> Result<ExitCode, Complaint> {
    wait_for(async {
        source.reopen().await.map_err(dragoman_backup::BackupError::from)?;
        let accounts = open_accounts(settings).await?;
        let recorded = record(&accounts, "database opened again", None).await;
        accounts.close().await;
        recorded
    })??;
    output::print_line(&format!("{} takes writes again", source.shown()))?;
    Ok(ExitCode::SUCCESS)
}
