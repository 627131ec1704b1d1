//! `dragoman backup FILE`: everything the database holds, in one file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use dragoman_backup::{BackupError, BackupKey};

use super::{Complaint, acts::record, open_accounts, output, wait_for};
use crate::backups::{picture_scopes, rows_of, write_file};
use crate::{config::Settings, process::picture_store};

#[derive(Debug, Args)]
pub(super) struct BackupArguments {
    /// The file to make; one that is there is not overwritten
    file: PathBuf,
    /// With all pictures
    #[arg(long)]
    pictures: bool,
    /// Encrypt it with the key in this file, 64 hex digits (`openssl rand -hex 32`); keep it elsewhere than the backups
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl From<BackupError> for Complaint {
    fn from(error: BackupError) -> Self {
        Self(error.to_string())
    }
}

/// Reads the key that an option names.
pub(super) fn key_in(file: Option<&PathBuf>) -> Result<Option<BackupKey>, Complaint> {
    let read = |path: &PathBuf| {
        BackupKey::read(path).map_err(|error| match error {
            BackupError::File(error) => Complaint(format!("{}: {error}", path.display())),
            other => other.into(),
        })
    };
    file.map(read).transpose()
}

pub(super) fn run(arguments: &BackupArguments, settings: &Settings) -> Result<ExitCode, Complaint> {
    let key = key_in(arguments.key.as_ref())?;
    let store = arguments.pictures.then(|| picture_store(settings)).transpose()?;
    let scopes = picture_scopes(&settings.mounts);
    let rows = rows_of(&settings.database)?;
    let totals = wait_for(async {
        // The schema is what this program means, or there is a clear word.
        let accounts = open_accounts(settings).await?;
        let pictures = store.as_ref().map(|store| (store, scopes.as_slice()));
        let written = write_file(&rows, &arguments.file, key.as_ref(), pictures).await;
        if written.is_ok() {
            record(&accounts, "backup made", Some(&arguments.file.display().to_string())).await?;
        }
        accounts.close().await;
        Ok::<_, Complaint>(written?)
    })??;
    let count: u64 = totals.rows.iter().sum();
    let size = std::fs::metadata(&arguments.file)?.len();
    let pictures = totals.pictures;
    let with = if arguments.pictures { format!(" and {pictures} pictures") } else { String::new() };
    output::print_line(&format!("{count} rows{with} in {} ({size} bytes)", arguments.file.display()))?;
    Ok(ExitCode::SUCCESS)
}
