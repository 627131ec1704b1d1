//! Backup files on the disk: made whole or not at all, for this user only, with the pictures if they are wanted.

mod pictures;
mod schedule;

use std::fs::{File, Permissions};
use std::io::{BufReader, BufWriter};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use dragoman_accounts::clock::{Clock, SystemClock};
use dragoman_backup::{Archive, Backup, BackupError, BackupKey, Totals, write_backup};
use dragoman_dialect::pictures::PictureStore;
use dragoman_passwords::random::{Randomness, SystemRandomness};
use dragoman_store::DatabaseUrl;
use dragoman_store::rows::{Rows, Table};

use crate::config::{DatabaseSettings, MountSettings};
use crate::process::ROOMS;

pub(crate) use pictures::{KeptPictures, put_pictures};
pub(crate) use schedule::Schedule;

/// The rows of the configured database.
pub(crate) fn rows_of(database: &DatabaseSettings) -> Result<Rows, String> {
    rows_at(database.store()?.url)
}

/// The rows of a database.
pub(crate) fn rows_at(url: DatabaseUrl) -> Result<Rows, String> {
    Rows::of(&url, &ROOMS).map_err(|error| error.to_string())
}

/// The picture folders of all mounts, each once.
pub(crate) fn picture_scopes(mounts: &[MountSettings]) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for mount in mounts.iter().filter(|mount| mount.dialect.pictures.is_some()) {
        if !scopes.contains(&mount.scope) {
            scopes.push(mount.scope.clone());
        }
    }
    scopes
}

/// Writes a backup beside `path` and lets it appear there when it is whole. A file that is there stays.
pub(crate) async fn write_file(
    rows: &Rows,
    path: &Path,
    key: Option<&BackupKey>,
    pictures: Option<(&PictureStore, &[String])>,
) -> Result<Totals, BackupError> {
    if path.exists() {
        return Err(std::io::Error::other(format!("{} is there already", path.display())).into());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::Builder::new()
        .prefix(".dragoman-backup-")
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    let mut salt = [0; 32];
    SystemRandomness.fill(&mut salt);
    let how = Backup {
        program: concat!("dragoman ", env!("CARGO_PKG_VERSION")),
        made_at: SystemClock.now().millis(),
        key,
        salt,
    };
    let out = BufWriter::with_capacity(1 << 20, file);
    let (out, totals) = match pictures {
        Some((store, scopes)) => write_backup(rows, out, &how, &mut KeptPictures::new(store, scopes)).await?,
        None => write_backup(rows, out, &how, &mut ()).await?,
    };
    let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()?;
    Ok(totals)
}

/// Opens a backup file.
pub(crate) fn open_file(
    path: &Path,
    key: Option<&BackupKey>,
    tables: &[Table],
) -> Result<Archive<BufReader<File>>, BackupError> {
    Archive::open(BufReader::with_capacity(1 << 20, File::open(path)?), key, tables)
}
