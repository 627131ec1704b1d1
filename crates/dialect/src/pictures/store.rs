//! The store itself: names, reading, beginning an upload.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};

use super::bucket::S3Options;
use super::guard::{guarded, guarded_stream};
use super::limits::{PictureLimits, check_reserve};
use super::location::{Opened, open};
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
    disk: Option<PathBuf>,
    pub(super) limits: PictureLimits,
}

/// A picture of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its size and age.
    pub facts: Facts,
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
        let Opened { objects, prefix, part_bytes, disk } = open(url, s3)?;
        Ok(Self { objects, folder: prefix, part_bytes, stand_ins: &[], disk, limits: PictureLimits::default() })
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

    /// With bounds on what is stored.
    #[must_use]
    pub fn with_limits(self, limits: PictureLimits) -> Self {
        Self { limits, ..self }
    }

    /// Whether it is a bucket, which is worth a look at the start.
    pub fn is_remote(&self) -> bool {
        self.disk.is_none()
    }

    /// Begins to store a picture. It appears under its name, whole, when [`Upload::finish`] succeeds, and never
    /// otherwise. An older picture of that name is replaced: callers make fresh names.
    ///
    /// # Errors
    /// [`PictureError::Name`], [`PictureError::Full`].
    pub fn begin(&self, name: &str) -> Result<Upload, PictureError> {
        check_name(name)?;
        if let Some(disk) = &self.disk {
            check_reserve(disk, self.limits)?;
        }
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
        match guarded(self.objects.head(&self.folder.clone().join(name))).await {
            Ok(meta) => Ok(Some(facts_of(&meta))),
            Err(cause) => Ok(self.instead(name, "looking for a picture", &cause)?.map(StandIn::facts)),
        }
    }

    /// A whole picture; `None` as for [`PictureStore::facts`].
    ///
    /// # Errors
    /// [`PictureError::Storage`].
    pub async fn get(&self, name: &str) -> Result<Option<Stored>, PictureError> {
        self.read(name, None).await
    }

    /// The bytes of `range` of a picture, at least one of which must exist; or all of them, with `false`, from a storage that
    /// takes no notice of ranges.
    ///
    /// # Errors
    /// [`PictureError::Storage`].
    pub async fn get_range(&self, name: &str, range: Range<u64>) -> Result<Option<(Stored, bool)>, PictureError> {
        match self.read(name, Some(range)).await {
            Ok(found) => Ok(found.map(|stored| (stored, true))),
            Err(_) => Ok(self.read(name, None).await?.map(|stored| (stored, false))),
        }
    }

    /// Every picture of this scope, in no order; what is in folders below it is another's.
    pub fn list(&self) -> BoxStream<'static, Result<Listed, PictureError>> {
        let (objects, folder) = (Arc::clone(&self.objects), self.folder.clone());
        let depth = folder.parts().count() + 1;
        let listed = async move { guarded_stream(objects.list(Some(&folder)).boxed()) }.flatten_stream();
        let of_this_folder = move |meta: Result<ObjectMeta, _>| match meta {
            Ok(meta) if meta.location.parts().count() != depth => None,
            Ok(meta) => {
                meta.location.filename().map(|name| Ok(Listed { name: name.to_owned(), facts: facts_of(&meta) }))
            }
            Err(cause) => Some(Err(failed("listing pictures", &cause))),
        };
        listed.filter_map(move |meta| std::future::ready(of_this_folder(meta))).boxed()
    }

    /// Removes a picture, whether or not it is there.
    ///
    /// # Errors
    /// [`PictureError::Name`], [`PictureError::Storage`].
    pub async fn delete(&self, name: &str) -> Result<(), PictureError> {
        check_name(name)?;
        match guarded(self.objects.delete(&self.folder.clone().join(name))).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(cause) => Err(failed("deleting a picture", &cause)),
        }
    }

    /// One look at the storage, for the start: the error is what it says, such as that there is no such bucket, which it
    /// does not tell from a missing picture later.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn look(&self) -> Result<(), String> {
        let mut listed = self.objects.list(Some(&self.folder));
        match guarded(async { listed.next().await.transpose() }).await {
            Ok(_) => Ok(()),
            Err(cause) => Err(cause.to_string()),
        }
    }

    async fn read(&self, name: &str, range: Option<Range<u64>>) -> Result<Option<Stored>, PictureError> {
        if check_name(name).is_err() {
            return Ok(None);
        }
        let options = GetOptions { range: range.clone().map(GetRange::Bounded), ..GetOptions::default() };
        match guarded(self.objects.get_opts(&self.folder.clone().join(name), options)).await {
            Ok(found) => {
                let facts = facts_of(&found.meta);
                let stream = guarded_stream(found.into_stream());
                let stream = stream.map(|chunk| chunk.map_err(|cause| failed("reading a picture", &cause)));
                Ok(Some(Stored { facts, stream: stream.boxed() }))
            }
            Err(cause) => Ok(self
                .instead(name, "fetching a picture", &cause)?
                .map(|found| Stored { facts: found.facts(), stream: stream::iter([Ok(found.bytes(range))]).boxed() })),
        }
    }

    /// What is found where the storage has nothing of the name. A storage that is away has nothing either: a built-in
    /// picture never fails (medusa 3.9).
    fn instead(
        &self,
        name: &str,
        doing: &str,
        cause: &object_store::Error,
    ) -> Result<Option<&'static StandIn>, PictureError> {
        let stand_in = self.stand_in(name);
        match cause {
            object_store::Error::NotFound { .. } => Ok(stand_in),
            cause => stand_in.map(Some).ok_or_else(|| failed(doing, cause)),
        }
    }

    fn stand_in(&self, name: &str) -> Option<&'static StandIn> {
        self.stand_ins.iter().find(|stand_in| stand_in.name == name)
    }
}

fn facts_of(meta: &ObjectMeta) -> Facts {
    Facts { size: meta.size, modified: meta.last_modified.timestamp() }
}

/// Whether this can name a picture or a scope. A path can only be left by its separators and dots: neither gets through.
pub fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(letter)
        && !name.starts_with('.')
        && !name.contains("..")
}

fn check_name(name: &str) -> Result<(), PictureError> {
    if is_name(name) { Ok(()) } else { Err(PictureError::Name) }
}
