//! The store itself: names, reading, beginning an upload.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};

use super::location::{S3Options, open};
use super::{Facts, PictureError, PictureSetupError, StandIn, Upload, failed};

/// The longest name in bytes.
const LONGEST_NAME: usize = 80;

/// A handle on the pictures of one scope; clones share the storage.
#[derive(Clone)]
pub struct PictureStore {
    objects: Arc<dyn ObjectStore>,
    folder: Path,
    part_bytes: usize,
    stand_ins: &'static [StandIn],
}

/// A picture, or a part of it, on its way out.
pub struct Stored {
    /// Of the whole picture.
    pub facts: Facts,
    /// The bytes asked for. After an error nothing more comes; its cause is logged.
    pub stream: BoxStream<'static, Result<Bytes, PictureError>>,
}

impl PictureStore {
    /// Opens `file:///absolute/path` or `file://relative/path` (made if missing, for this user only; leftovers of
    /// interrupted uploads older than a day are removed) or `s3://bucket/prefix` (nothing is asked of it yet).
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn open(url: &str, s3: &S3Options) -> Result<Self, PictureSetupError> {
        let opened = open(url, s3)?;
        Ok(Self { objects: opened.objects, folder: opened.prefix, part_bytes: opened.part_bytes, stand_ins: &[] })
    }

    /// The pictures of one scope, e.g. a dialect's name: its names meet nobody else's.
    ///
    /// # Errors
    /// [`PictureError::Name`].
    pub fn scoped(&self, scope: &str) -> Result<Self, PictureError> {
        check_name(scope)?;
        Ok(Self { folder: self.folder.clone().join(scope), ..self.clone() })
    }

    /// With pictures that are found where the store has none of their name.
    #[must_use]
    pub fn with_stand_ins(self, stand_ins: &'static [StandIn]) -> Self {
        Self { stand_ins, ..self }
    }

    /// Begins to store a picture. It appears under its name, whole, when [`Upload::finish`] succeeds, and never
    /// otherwise. An older picture of that name is replaced: callers make fresh names.
    ///
    /// # Errors
    /// [`PictureError::Name`].
    pub fn begin(&self, name: &str) -> Result<Upload, PictureError> {
        check_name(name)?;
        Ok(Upload::new(Arc::clone(&self.objects), self.folder.clone().join(name), self.part_bytes))
    }

    /// Size and age of a picture; `None` if there is none, or the name cannot be one.
    ///
    /// # Errors
    /// [`PictureError::Storage`].
    pub async fn facts(&self, name: &str) -> Result<Option<Facts>, PictureError> {
        if check_name(name).is_err() {
            return Ok(None);
        }
        match self.objects.head(&self.folder.clone().join(name)).await {
            Ok(meta) => Ok(Some(facts_of(&meta))),
            Err(object_store::Error::NotFound { .. }) => Ok(self.stand_in(name).map(StandIn::facts)),
            Err(cause) => Err(failed("looking for a picture", &cause)),
        }
    }

    /// A whole picture; `None` as for [`PictureStore::facts`].
    ///
    /// # Errors
    /// [`PictureError::Storage`].
    pub async fn get(&self, name: &str) -> Result<Option<Stored>, PictureError> {
        self.read(name, None).await
    }

    /// Removes a picture, if it is there.
    ///
    /// # Errors
    /// [`PictureError::Storage`].
    pub async fn remove(&self, name: &str) -> Result<(), PictureError> {
        check_name(name)?;
        match self.objects.delete(&self.folder.clone().join(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(cause) => Err(failed("removing a picture", &cause)),
        }
    }

    /// The bytes of `range` of a picture; at least one of them must exist.
    ///
    /// # Errors
    /// [`PictureError::Storage`].
    pub async fn get_range(&self, name: &str, range: Range<u64>) -> Result<Option<Stored>, PictureError> {
        self.read(name, Some(range)).await
    }

    async fn read(&self, name: &str, range: Option<Range<u64>>) -> Result<Option<Stored>, PictureError> {
        if check_name(name).is_err() {
            return Ok(None);
        }
        let options = GetOptions { range: range.clone().map(GetRange::Bounded), ..GetOptions::default() };
        match self.objects.get_opts(&self.folder.clone().join(name), options).await {
            Ok(found) => {
                let facts = facts_of(&found.meta);
                let stream =
                    found.into_stream().map(|chunk| chunk.map_err(|cause| failed("reading a picture", &cause)));
                Ok(Some(Stored { facts, stream: stream.boxed() }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(self
                .stand_in(name)
                .map(|found| Stored { facts: found.facts(), stream: stream::iter([Ok(found.bytes(range))]).boxed() })),
            Err(cause) => Err(failed("fetching a picture", &cause)),
        }
    }

    fn stand_in(&self, name: &str) -> Option<&'static StandIn> {
        self.stand_ins.iter().find(|stand_in| stand_in.name == name)
    }
}

fn facts_of(meta: &ObjectMeta) -> Facts {
    Facts { size: meta.size, modified: meta.last_modified.timestamp() }
}

/// A path can only be left by its separators and dots: neither gets through.
fn check_name(name: &str) -> Result<(), PictureError> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let allowed = (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(letter)
        && !name.starts_with('.')
        && !name.contains("..");
    if allowed { Ok(()) } else { Err(PictureError::Name) }
}
