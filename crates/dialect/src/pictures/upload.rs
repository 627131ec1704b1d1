//! A picture on its way in.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use tokio::runtime::Handle;

use super::guard::guarded;
use super::{PictureError, failed};

/// When a picture is deleted whose storing failed.
const TAKING_BACK: [Duration; 2] = [Duration::ZERO, Duration::from_secs(60)];

/// An upload that holds at most one part and one chunk in memory. Dropped unfinished, it leaves nothing.
pub struct Upload {
    objects: Arc<dyn ObjectStore>,
    path: Path,
    part_bytes: usize,
    held: BytesMut,
    parts: Option<Box<dyn MultipartUpload>>,
    size: u64,
    /// Set while a part is under way, so that after a failure, or a cancelled write, nothing incomplete is published.
    broken: bool,
    /// Set while the storage is told to let it appear. If no answer comes, it may have, or may yet.
    publishing: bool,
}

impl Upload {
    pub(super) fn new(objects: Arc<dyn ObjectStore>, path: Path, part_bytes: usize) -> Self {
        Self {
            objects,
            path,
            part_bytes,
            held: BytesMut::new(),
            parts: None,
            size: 0,
            broken: false,
            publishing: false,
        }
    }

    /// Bytes written so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds bytes to the end.
    ///
    /// # Errors
    /// [`PictureError::Storage`]; the upload is then lost.
    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), PictureError> {
        self.size = self.size.saturating_add(chunk.len() as u64);
        self.held.extend_from_slice(chunk);
        while self.held.len() >= self.part_bytes {
            // All parts but the last have one size: some services insist on it.
            let part = self.held.split_to(self.part_bytes).freeze();
            self.send(part).await?;
        }
        Ok(())
    }

    /// Makes the picture appear under its name, on the disk or in the bucket, and gives its size in bytes.
    ///
    /// # Errors
    /// [`PictureError::Storage`]; nothing appeared.
    pub async fn finish(mut self) -> Result<u64, PictureError> {
        let rest = self.held.split().freeze();
        if self.broken {
            return Err(PictureError::Storage);
        }
        if self.parts.is_none() {
            self.publishing = true;
            let stored = guarded(self.objects.put(&self.path, rest.into())).await;
            stored.map_err(|cause| failed("storing a picture", &cause))?;
            self.publishing = false;
            return Ok(self.size);
        }
        if !rest.is_empty() {
            self.send(rest).await?;
        }
        if let Some(parts) = &mut self.parts {
            self.publishing = true;
            guarded(parts.complete()).await.map_err(|cause| failed("completing a picture", &cause))?;
            self.publishing = false;
        }
        self.parts = None;
        Ok(self.size)
    }

    /// Gives the upload up and removes what was sent of it, now rather than some time after being dropped.
    pub async fn abort(mut self) {
        if let Some(parts) = self.parts.take() {
            remove(parts).await;
        }
    }

    async fn send(&mut self, part: Bytes) -> Result<(), PictureError> {
        if self.broken {
            return Err(PictureError::Storage);
        }
        self.broken = true;
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => {
                let begun = guarded(self.objects.put_multipart(&self.path)).await;
                none.insert(begun.map_err(|cause| failed("beginning a picture", &cause))?)
            }
        };
        guarded(parts.put_part(part.into())).await.map_err(|cause| failed("sending a picture", &cause))?;
        self.broken = false;
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Without a runtime the process is ending; a folder is then swept at a later start.
        let Ok(runtime) = Handle::try_current() else { return };
        if let Some(parts) = self.parts.take() {
            runtime.spawn(remove(parts));
        }
        if self.publishing {
            runtime.spawn(take_back(Arc::clone(&self.objects), self.path.clone()));
        }
    }
}

/// What was answered as failed must not appear. The storage may still be at it, so it is told twice.
async fn take_back(objects: Arc<dyn ObjectStore>, path: Path) {
    for pause in TAKING_BACK {
        tokio::time::sleep(pause).await;
        match guarded(objects.delete(&path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(cause) => tracing::warn!(%cause, %path, "a picture that could not be stored may be there all the same"),
        }
    }
}

async fn remove(mut parts: Box<dyn MultipartUpload>) {
    if let Err(cause) = guarded(parts.abort()).await {
        failed("removing an unfinished picture", &cause);
    }
}
