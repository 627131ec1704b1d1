//! The picture store of a server.

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
    let url = match &settings.url {
        Some(url) => url.clone(),
        None => {
            let folder = if options.testing { temporary(domain)? } else { domain.data_folder.clone() };
            format!("file://{}", folder.join("pictures").display())
        }
    };
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
