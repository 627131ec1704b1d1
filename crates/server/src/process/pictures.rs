//! The picture store of a server.

use dragoman_dialect::pictures::PictureStore;
use tempfile::TempDir;

use super::{Domain, StartError, StartOptions, store};
use crate::config::{PictureSettings, Settings};

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
    let store = PictureStore::open(&url, &settings.s3()).map_err(|error| StartError::Pictures(error.to_string()))?;
    Ok(store.with_limits(settings.limits()))
}

/// The one a command works on.
pub(crate) fn picture_store(settings: &Settings) -> Result<PictureStore, StartError> {
    let beside = || format!("file://{}", store::data_folder(&settings.database.url).join("pictures").display());
    let url = settings.pictures.url.clone().unwrap_or_else(beside);
    PictureStore::open(&url, &settings.pictures.s3()).map_err(|error| StartError::Pictures(error.to_string()))
}

/// One look at a bucket: one that is missing answers each picture as "no such picture", without a word in the log.
pub(super) async fn look(store: PictureStore) {
    if let Err(reason) = store.look().await {
        tracing::warn!(reason, "pictures: the bucket cannot be read, pictures will be missing");
    }
}

fn temporary(domain: &mut Domain) -> Result<std::path::PathBuf, StartError> {
    let folder = match domain.temporary.take() {
        Some(folder) => folder,
        None => TempDir::with_prefix("dragoman-testing-")
            .map_err(|source| StartError::File { what: "temporary pictures".to_owned(), source })?,
    };
    Ok(domain.temporary.insert(folder).path().to_path_buf())
}
