//! Section 3.8: uploading a picture. It goes to the store as it comes; neither its bytes, its type nor its name is looked at.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use dragoman_dialect::{
    body::BodyBounds,
    headers::{MULTIPART, header_text, media_type},
    multipart::{MultipartReader, Part, Reading},
    pictures::Upload,
};

use crate::{
    Mount,
    auth::{note_account, origin},
    envelope::success,
    error::{Endpoint, Refusal},
    member::{MedusaFacet, new_picture_stem},
};

/// A file of so many bytes is still too small.
const TOO_SMALL: u64 = 10_240;
/// The known client stops at 10 MiB.
const LARGEST: u64 = 11 * 1024 * 1024;
/// Room for a file of that size in which each byte is written as `=XX`, and what is around it.
const BOUNDS: BodyBounds = BodyBounds { bytes: 34 * 1024 * 1024, time: Duration::from_secs(120) };

/// A picture on its way to the store, with its name there.
struct Received {
    name: String,
    upload: Upload,
}

/// POST upload_avatar
pub async fn upload(mount: Data<Mount>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Refusal> {
    let token = header_text(request.headers(), "token").ok_or(Refusal::NO_TOKEN_HEADER)?.into_owned();
    let holder = mount.holder_of(token, Endpoint::UploadAvatar).await?;
    note_account(&request, &holder.member);
    let Received { name, upload } = mount.receive(&request, payload).await?;
    if upload.size() <= TOO_SMALL {
        upload.abort().await;
        return Err(Refusal::PICTURE_TOO_SMALL);
    }
    let by = (holder.member.account.number, &origin(&request));
    if !mount.pictures.admit(&mount.accounts, by, upload.size()).await.is_ok_and(|admitted| admitted) {
        upload.abort().await;
        return Err(Refusal::UPLOAD_BROKEN);
    }
    upload.finish().await.map_err(|_| Refusal::UPLOAD_BROKEN)?;
    let avatar = name.clone();
    let change = move |facet: &mut MedusaFacet| facet.avatar.clone_from(&avatar);
    mount.change_facet(&holder.member, Endpoint::UploadAvatar, origin(&request), change).await?;
    Ok(success(name))
}

impl Mount {
    /// The last part `file` that has a file name; one that is dropped on the way leaves nothing in the store.
    async fn receive(&self, request: &HttpRequest, payload: Payload) -> Result<Received, Refusal> {
        if media_type(request.headers()) != MULTIPART {
            return Err(Refusal::UPLOAD_BROKEN);
        }
        let mut parts =
            MultipartReader::new(request, payload, BOUNDS, Reading::Django).map_err(|_| Refusal::UPLOAD_BROKEN)?;
        let mut last = None;
        while let Some(part) = parts.next_part().await.map_err(|_| Refusal::UPLOAD_BROKEN)? {
            if part.name() == "file" && part.file_name().is_some_and(|name| !name.is_empty()) {
                last = Some(self.store(part).await?);
            }
        }
        last.ok_or(Refusal::UPLOAD_BROKEN)
    }

    async fn store(&self, mut part: Part<'_>) -> Result<Received, Refusal> {
        let name = self.new_picture_name();
        let mut upload = self.pictures.begin(&name).map_err(|_| Refusal::UPLOAD_BROKEN)?;
        while let Some(chunk) = part.chunk().await.map_err(|_| Refusal::UPLOAD_BROKEN)? {
            upload.write(&chunk).await.map_err(|_| Refusal::UPLOAD_BROKEN)?;
            if upload.size() > LARGEST {
                return Err(Refusal::UPLOAD_BROKEN);
            }
        }
        Ok(Received { name, upload })
    }

    /// Always `.jpg`; nothing of it is the client's.
    fn new_picture_name(&self) -> String {
        let stem = new_picture_stem(self.accounts.randomness());
        format!("{stem}{:010}.jpg", self.accounts.clock().now().seconds())
    }
}
