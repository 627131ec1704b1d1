//! A picture on its way in.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use tokio::runtime::Handle;

use super::{PictureError, failed};

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
}

impl Upload {
    pub(super) fn new(objects: Arc<dyn ObjectStore>, path: Path, part_bytes: usize) -> Self {
        Self { objects, path, part_bytes, held: BytesMut::new(), parts: None, size: 0, broken: false }
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
            let stored = self.objects.put(&self.path, rest.into()).await;
            return stored.map(|_| self.size).map_err(|cause| failed("storing a picture", &cause));
        }
        if !rest.is_empty() {
            self.send(rest).await?;
        }
        if let Some(parts) = &mut self.parts {
            parts.complete().await.map_err(|cause| failed("completing a picture", &cause))?;
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
                let begun = self.objects.put_multipart(&self.path).await;
                none.insert(begun.map_err(|cause| failed("beginning a picture", &cause))?)
            }
        };
        parts.put_part(part.into()).await.map_err(|cause| failed("sending a picture", &cause))?;
        self.broken = false;
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Without a runtime the process is ending; a folder is then swept at a later start.
        if let (Some(parts), Ok(runtime)) = (self.parts.take(), Handle::try_current()) {
            runtime.spawn(remove(parts));
        }
    }
}

async fn remove(mut parts: Box<dyn MultipartUpload>) {
    if let Err(cause) = parts.abort().await {
        failed("removing an unfinished picture", &cause);
    }
}
