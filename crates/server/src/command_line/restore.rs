//! `dragoman restore FILE`: a backup into an empty database, or proof that the two are equal.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use dragoman_backup::{BackupError, Difference, check, restore, verify};
use dragoman_store::{Claim, rows::Rows};

use super::{Complaint, acts::record, backup::key_in, open_accounts, output, row_progress::RowProgress, wait_for};
use crate::backups::{open_file, put_pictures, rows_of};
use crate::{config::Settings, process::picture_store};

/// Differences that are told one by one.
const TOLD: usize = 20;

#[derive(Debug, Args)]
pub(super) struct RestoreArguments {
    /// The backup
    file: PathBuf,
    /// Write nothing: compare every row of the backup with the database
    #[arg(long)]
    verify: bool,
    /// Put the backup's pictures into the picture store
    #[arg(long, conflicts_with = "verify")]
    pictures: bool,
    /// The key it was encrypted with
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

pub(super) fn run(arguments: &RestoreArguments, settings: &Settings) -> Result<ExitCode, Complaint> {
    let rows = rows_of(&settings.database)?;
    let key = key_in(arguments.key.as_ref())?;
    let open = || open_file(&arguments.file, key.as_ref(), rows.tables()).map_err(|error| named(arguments, &error));
    let totals = check(&mut open()?).map_err(|error| named(arguments, &error))?;
    let store = arguments.pictures.then(|| picture_store(settings)).transpose()?;
    wait_for(async {
        if arguments.verify {
            return compared(&mut open()?, &rows).await;
        }
        // A running server would not know of the rows it did not make.
        let url = settings.database.store()?.url;
        let _claim = Claim::of(&url, "`dragoman restore`").map_err(|error| Complaint(error.to_string()))?;
        open_accounts(settings).await?.close().await;
        let progress = RowProgress::start("restoring", totals.rows.iter().sum());
        let written = restore(&mut open()?, &rows, &mut |rows| progress.at(rows)).await;
        progress.finish();
        let written = written?;
        output::remark(&format!("{written} rows written; comparing them"));
        let code = compared(&mut open()?, &rows).await?;
        let accounts = open_accounts(settings).await?;
        record(&accounts, "backup restored", Some(&arguments.file.display().to_string())).await?;
        accounts.close().await;
        if let Some(store) = &store {
            let put = put_pictures(&mut open()?, store).await?;
            output::print_line(&format!("{put} pictures put into the store"))?;
        }
        Ok(code)
    })?
}

fn named(arguments: &RestoreArguments, error: &BackupError) -> Complaint {
    Complaint(format!("{}: {error}", arguments.file.display()))
}

async fn compared<R: std::io::Read>(
    archive: &mut dragoman_backup::Archive<R>,
    rows: &Rows,
) -> Result<ExitCode, Complaint> {
    let (mut differences, mut newer) = (0, 0);
    let compared = verify(archive, rows, &mut |table, difference| {
        if matches!(difference, Difference::Extra(_)) {
            newer += 1;
            return;
        }
        differences += 1;
        if differences <= TOLD {
            output::remark(&difference.told(table));
        }
    })
    .await?;
    if differences == 0 {
        let others =
            if newer == 0 { "and no others".to_owned() } else { format!("beside {newer} that it does not hold") };
        output::print_line(&format!("{compared} rows of the backup are in {}, {others}", rows.shown()))?;
        return Ok(ExitCode::SUCCESS);
    }
    Err(Complaint(format!("{differences} rows of {} are not those of the backup", rows.shown())))
}
