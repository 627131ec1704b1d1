//! The files that accounts name: copied into the picture store, compared with it, removed from it.

use std::path::Path;

use dragoman_accounts::Realm;
use dragoman_dialect::pictures::PictureStore;
use dragoman_migrate::Plan;
use futures_util::StreamExt;
use tokio::io::AsyncReadExt;

use super::Work;
use crate::command_line::Complaint;

/// Bytes in hand at a time.
const CHUNK: usize = 1 << 16;

/// What came of a list of pictures.
#[derive(Default)]
pub(super) struct Pictures {
    pub done: u64,
    /// Not in the folder, not of a name that can be kept, or another one than the old.
    pub missing: Vec<String>,
}

/// Copies what the plan's folder has. A picture of the same name that is there already stays.
pub(super) async fn copy(work: &Work<'_>, realm: &Realm, plan: &Plan, names: &[String]) -> Result<Pictures, Complaint> {
    let mut copied = Pictures::default();
    let Some(folder) = &plan.header.pictures else { return Ok(copied) };
    let store = work.pictures(realm)?;
    for name in names {
        if store.facts(name).await.map_err(|error| error.to_string())?.is_some() {
            continue;
        }
        let Some(mut file) = open(folder, name).await else {
            copied.missing.push(name.clone());
            continue;
        };
        let Ok(mut upload) = store.begin(name) else {
            copied.missing.push(name.clone());
            continue;
        };
        work.accounts.record_imported_picture(realm, &plan.header.id, name).await?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = file.read(&mut chunk).await?;
            if read == 0 {
                break;
            }
            upload.write(chunk.get(..read).unwrap_or_default()).await.map_err(|error| error.to_string())?;
        }
        upload.finish().await.map_err(|error| error.to_string())?;
        copied.done += 1;
    }
    Ok(copied)
}

/// Compares the store with the plan's folder, byte for byte. What the old folder lacks cannot be missed.
pub(super) async fn compare(
    work: &Work<'_>,
    realm: &Realm,
    plan: &Plan,
    names: &[String],
) -> Result<Pictures, Complaint> {
    let mut compared = Pictures::default();
    let Some(folder) = &plan.header.pictures else { return Ok(compared) };
    let store = work.pictures(realm)?;
    for name in names {
        let Some(file) = open(folder, name).await else { continue };
        if is_equal(&store, name, file).await? {
            compared.done += 1;
        } else {
            compared.missing.push(name.clone());
        }
    }
    Ok(compared)
}

/// Removes what an import had put there.
pub(super) async fn remove(work: &Work<'_>, realm: &Realm, names: &[String]) -> Result<(), Complaint> {
    if names.is_empty() {
        return Ok(());
    }
    let store = work.pictures(realm)?;
    for name in names {
        store.delete(name).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A file of the folder itself: the name comes out of a database, and must not lead elsewhere.
async fn open(folder: &Path, name: &str) -> Option<tokio::fs::File> {
    let is_plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
    if !is_plain {
        return None;
    }
    let path = folder.join(name);
    let is_file = tokio::fs::symlink_metadata(&path).await.is_ok_and(|metadata| metadata.is_file());
    if is_file { tokio::fs::File::open(path).await.ok() } else { None }
}

async fn is_equal(store: &PictureStore, name: &str, mut file: tokio::fs::File) -> Result<bool, Complaint> {
    let Some(mut stored) = store.get(name).await.map_err(|error| error.to_string())? else { return Ok(false) };
    let mut expected = Vec::new();
    while let Some(chunk) = stored.stream.next().await {
        let chunk = chunk.map_err(|error| error.to_string())?;
        expected.resize(chunk.len(), 0);
        if file.read_exact(&mut expected).await.is_err() || *chunk != *expected {
            return Ok(false);
        }
    }
    Ok(file.read(&mut [0]).await? == 0)
}
