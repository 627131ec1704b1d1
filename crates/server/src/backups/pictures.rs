//! Pictures on their way into a backup and out of it. Their names there are `SCOPE/NAME`.

use std::collections::VecDeque;
use std::io::Read;

use dragoman_backup::{Archive, Block, Pictures};
use dragoman_dialect::pictures::{Listed, PictureStore, Upload};
use futures_util::TryStreamExt;

/// A picture of this size at most goes into a backup: what clients may upload is far smaller.
const MOST_BYTES: u64 = 64 << 20;

/// The pictures of a store, one after the other.
pub(crate) struct KeptPictures<'a> {
    store: &'a PictureStore,
    /// Scopes that have not been listed.
    scopes: VecDeque<String>,
    listed: VecDeque<(String, Listed)>,
}

impl<'a> KeptPictures<'a> {
    pub(crate) fn new(store: &'a PictureStore, scopes: &[String]) -> Self {
        Self { store, scopes: scopes.iter().cloned().collect(), listed: VecDeque::new() }
    }
}

impl Pictures for KeptPictures<'_> {
    async fn next(&mut self) -> Result<Option<(String, Vec<u8>)>, String> {
        loop {
            while let Some((scope, listed)) = self.listed.pop_front() {
                if listed.facts.size > MOST_BYTES {
                    return Err(format!("the picture {scope}/{} is larger than {} MiB", listed.name, MOST_BYTES >> 20));
                }
                let folder = self.store.scoped(&scope).map_err(|error| error.to_string())?;
                // One that was removed since it was listed is no loss.
                let Some(stored) = folder.get(&listed.name).await.map_err(|error| error.to_string())? else { continue };
                let bytes = stored.stream.try_fold(Vec::new(), |mut all, chunk| async move {
                    all.extend_from_slice(&chunk);
                    Ok(all)
                });
                let bytes = bytes.await.map_err(|error| error.to_string())?;
                return Ok(Some((format!("{scope}/{}", listed.name), bytes)));
            }
            let Some(scope) = self.scopes.pop_front() else { return Ok(None) };
            let folder = self.store.scoped(&scope).map_err(|error| error.to_string())?;
            let listed: Vec<Listed> = folder.list().try_collect().await.map_err(|error| error.to_string())?;
            self.listed = listed.into_iter().map(|listed| (scope.clone(), listed)).collect();
        }
    }
}

/// Puts the pictures of a backup into a store; gives their number. Those of the same names are replaced.
pub(crate) async fn put_pictures<R: Read>(archive: &mut Archive<R>, store: &PictureStore) -> Result<u64, String> {
    let mut under_way: Option<(String, Upload)> = None;
    let mut put = 0;
    while let Some(block) = archive.next_block().map_err(|error| error.to_string())? {
        let Block::Picture { name, bytes, is_last } = block else { continue };
        let mut upload = match under_way.take() {
            Some((begun, upload)) if begun == name => upload,
            _ => {
                let (scope, file) = name.split_once('/').ok_or_else(|| format!("{name:?} names no picture"))?;
                let begun = store.scoped(scope).and_then(|folder| folder.begin(file));
                begun.map_err(|error| format!("picture {name:?}: {error}"))?
            }
        };
        upload.write(&bytes).await.map_err(|error| error.to_string())?;
        if is_last {
            upload.finish().await.map_err(|error| error.to_string())?;
            put += 1;
        } else {
            under_way = Some((name, upload));
        }
    }
    Ok(put)
}
