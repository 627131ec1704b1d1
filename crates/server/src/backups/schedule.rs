//! One backup of a schedule: into a folder or a bucket, and the oldest away.

use std::fs::DirBuilder;
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dragoman_accounts::clock::{Clock, SystemClock};
use dragoman_backup::BackupKey;
use dragoman_dialect::pictures::PictureStore;
use futures_util::TryStreamExt;

use super::{picture_scopes, rows_of, write_file};
use crate::config::{BackupSettings, Settings};
use crate::process::picture_store;

const BEGIN: &str = "dragoman-";
const END: &str = ".backup";
/// What is read of a file at once on its way into a bucket.
const CHUNK: usize = 1 << 20;

/// What is backed up, and where to.
#[derive(Clone)]
pub(crate) struct Schedule {
    settings: Settings,
}

impl Schedule {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { settings: settings.clone() }
    }

    fn backup(&self) -> &BackupSettings {
        &self.settings.backup
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.backup().to.is_some()
    }

    pub(crate) fn every(&self) -> Duration {
        self.backup().every()
    }

    /// Makes one now; gives its name. A bucket gets it from a file in `data_folder`, which goes again.
    pub(crate) async fn make(&self, data_folder: &Path) -> Result<String, String> {
        let to = self.backup().to.as_deref().ok_or("no place is given")?;
        let name = name_at(SystemClock.now().millis())?;
        match to.strip_prefix("file://") {
            Some(folder) => {
                let folder = PathBuf::from(folder);
                make_folder(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
                self.write(&folder.join(&name)).await?;
                self.prune_folder(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            }
            None => {
                let file = data_folder.join(&name);
                let written = self.write(&file).await;
                let stored = match written {
                    Ok(()) => self.store(to, &file, &name).await,
                    Err(reason) => Err(reason),
                };
                let _ = std::fs::remove_file(&file);
                stored?;
            }
        }
        Ok(name)
    }

    async fn write(&self, file: &Path) -> Result<(), String> {
        let key = self.backup().key.as_deref().and_then(BackupKey::of);
        let store = self.backup().pictures.then(|| picture_store(&self.settings)).transpose();
        let store = store.map_err(|error| error.to_string())?;
        let scopes = picture_scopes(&self.settings.mounts);
        let pictures = store.as_ref().map(|store| (store, scopes.as_slice()));
        let rows = rows_of(&self.settings.database)?;
        write_file(&rows, file, key.as_ref(), pictures).await.map(drop).map_err(|error| error.to_string())
    }

    fn prune_folder(&self, folder: &Path) -> std::io::Result<()> {
        let names = std::fs::read_dir(folder)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        for name in self.too_old(names.collect()) {
            std::fs::remove_file(folder.join(name))?;
        }
        Ok(())
    }

    async fn store(&self, to: &str, file: &Path, name: &str) -> Result<(), String> {
        // Whatever has a name can be kept there.
        let bucket = PictureStore::open(to, &self.backup().s3()).map_err(|error| error.to_string())?;
        let mut upload = bucket.begin(name).map_err(|error| error.to_string())?;
        let mut file = std::fs::File::open(file).map_err(|error| error.to_string())?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let length = file.read(&mut chunk).map_err(|error| error.to_string())?;
            let Some(read) = chunk.get(..length).filter(|read| !read.is_empty()) else { break };
            upload.write(read).await.map_err(|error| error.to_string())?;
        }
        upload.finish().await.map_err(|error| error.to_string())?;
        let listed: Vec<_> = bucket.list().try_collect().await.map_err(|error| error.to_string())?;
        for name in self.too_old(listed.into_iter().map(|listed| listed.name).collect()) {
            bucket.delete(&name).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Of our names, which sort by time, all but the newest.
    fn too_old(&self, mut names: Vec<String>) -> Vec<String> {
        names.retain(|name| name.starts_with(BEGIN) && name.ends_with(END));
        names.sort();
        let keep = usize::try_from(self.backup().keep).unwrap_or(usize::MAX);
        names.truncate(names.len().saturating_sub(keep));
        names
    }
}

fn name_at(millis: i64) -> Result<String, String> {
    let now = jiff::Timestamp::from_millisecond(millis).map_err(|error| error.to_string())?;
    Ok(format!("{BEGIN}{}{END}", now.strftime("%Y%m%dT%H%M%SZ")))
}

/// For this user only, if it is made here.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() { Ok(()) } else { DirBuilder::new().recursive(true).mode(0o700).create(folder) }
}
