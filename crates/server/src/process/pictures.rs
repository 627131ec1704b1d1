//! The picture store of a server.

use std::path::Path;

use dragoman_dialect::pictures::PictureStore;
use tempfile::TempDir;

use super::{Domain, StartError, StartOptions};
use crate::config::PictureSettings;

/// Opens it where the settings say, else beside the database; that of a testing server goes when the server does.
pub(super) fn open(
    settings: &PictureSettings,
    domain: &mut Domain,
    options: &StartOptions,
) -> Result<PictureStore, StartError> {
    let folder =
        if options.testing && settings.url.is_none() { temporary(domain)? } else { domain.data_folder.clone() };
    open_pictures(settings, &folder)
}

/// Opens it for a command, which has no testing server's.
pub fn open_pictures(settings: &PictureSettings, data_folder: &Path) -> Result<PictureStore, StartError> {
    let beside = || format!("file://{}", data_folder.join("pictures").display());
    let url = settings.url.clone().unwrap_or_else(beside);
    PictureStore::open(&url, &settings.s3()).map_err(|error| StartError::Pictures(error.to_string()))
}

fn temporary(domain: &mut Domain) -> Result<std::path::PathBuf, StartError> {
    let folder = match domain.temporary.take() {
        Some(folder) => folder,
        None => TempDir::with_prefix("dragoman-testing-")
            .map_err(|source| StartError::File { what: "temporary pictures".to_owned(), source })?,
    };
    Ok(domain.temporary.insert(folder).path().to_path_buf())
}
