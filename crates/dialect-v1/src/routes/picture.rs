//! Endpoints 20 and 21: uploading a picture, and showing it.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path, Payload},
};
use dragoman_accounts::AccountNumber;
use dragoman_dialect::{
    body::BodyBounds,
    headers::{MULTIPART, media_type},
    multipart::{MultipartError, MultipartReader, Part, Reading},
    pictures::{PictureHead, Serving, Upload, respond},
};

use crate::{
    Mount,
    auth::{Caller, USER, origin},
    error::{Doing, Refusal},
    pictures::PICTURE_PATH,
    shape::Answer,
    values::time_name,
    wire::Uploaded,
};

const MEBIBYTE: usize = 1024 * 1024;
/// A request too large is still read up to so many times the limit, so that its client gets to read the answer.
const READ_BEYOND: usize = 4;
const TIME: Duration = Duration::from_secs(300);

/// The suffixes a gateway accepts, and what they are served as.
const SUFFIXES: [(&str, &str); 3] = [("png", "image/png"), ("jpeg", "image/jpeg"), ("jpg", "image/jpeg")];

/// What is behind the last dot, if it is one of ours, and its content type.
fn suffix_of(name: &str) -> Option<(&'static str, &'static str)> {
    let (_, suffix) = name.rsplit_once('.')?;
    SUFFIXES.into_iter().find(|(known, _)| *known == suffix)
}

/// POST /upload/image
pub async fn upload(
    mount: Data<Mount>,
    caller: Caller<USER>,
    request: HttpRequest,
    payload: Payload,
) -> Result<Answer<Uploaded>, Refusal> {
    let uploader = caller.member.account.number;
    let name = mount.receive(&request, payload, uploader).await?;
    let url = format!("{PICTURE_PATH}{name}");
    mount.put_upload(&url, uploader).await?;
    Ok(Answer(Uploaded { url }))
}

/// GET /api/image/{name}
pub async fn picture(mount: Data<Mount>, request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Refusal> {
    let (_, content_type) = suffix_of(&name).ok_or(Refusal::NotFound)?;
    let serving = Serving { content_type, ranges: true };
    let found = respond(&request, &mount.pictures, &name, serving).await.map_err(|_| Refusal::FAULT)?;
    match (found, &mount.predecessor) {
        // One of an account that came from the old server may still be there alone.
        (None, Some(old)) if old.fetch_picture(&mount.pictures, &name, PICTURE_PATH).await => {
            let fetched = respond(&request, &mount.pictures, &name, serving).await;
            fetched.map_err(|_| Refusal::FAULT)?.ok_or(Refusal::NotFound)
        }
        (found, _) => found.ok_or(Refusal::NotFound),
    }
}

impl Mount {
    /// Stores the first file `image` and gives its new name. The rows of the contract in their order: no file, wrong type,
    /// wrong size; then the bytes.
    async fn receive(
        &self,
        request: &HttpRequest,
        payload: Payload,
        uploader: AccountNumber,
    ) -> Result<String, Refusal> {
        if media_type(request.headers()) != MULTIPART {
            return Err(Refusal::NO_FILE);
        }
        let limit = (usize::from(self.settings.get().upload_limit_mib) + 1) * MEBIBYTE;
        let stated =
            request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let in_size = stated.is_some_and(|stated: usize| stated <= limit);
        let bounds = BodyBounds { bytes: limit.saturating_mul(READ_BEYOND), time: TIME };
        let mut parts = MultipartReader::new(request, payload, bounds, Reading::Go).map_err(|error| match error {
            MultipartError::TooLarge => Refusal::FILE_SIZE,
            MultipartError::Malformed | MultipartError::TooSlow => Refusal::NO_FILE,
        })?;
        let mut received = None;
        while let Some(part) = parts.next_part().await.map_err(|_| Refusal::NO_FILE)? {
            if received.is_none() && part.name() == "image" {
                received = match part.file_name().unwrap_or_default() {
                    "" => None,
                    _ => Some(self.take(part, in_size).await),
                };
            }
        }
        let Received { name, upload, head } = received.unwrap_or(Err(Refusal::NO_FILE))?;
        if self.settings.get().check_uploads && head.inspect().is_err() {
            upload.abort().await;
            return Err(Refusal::FILE_TYPE);
        }
        let admitted = self.pictures.admit(&self.accounts, (uploader, &origin(request)), upload.size()).await;
        if !admitted.map_err(|error| Refusal::of(Doing::Change, error))? {
            upload.abort().await;
            return Err(Refusal::TOO_MANY);
        }
        upload.finish().await.map_err(|_| Refusal::FILE_NOT_STORED)?;
        Ok(name)
    }

    async fn take(&self, mut part: Part<'_>, in_size: bool) -> Result<Received, Refusal> {
        let (suffix, _) = suffix_of(part.file_name().unwrap_or_default()).ok_or(Refusal::FILE_TYPE)?;
        if !in_size {
            return Err(Refusal::FILE_SIZE);
        }
        let name = format!("img_{}.{suffix}", time_name(self.accounts.clock(), self.accounts.randomness()));
        let mut upload = self.pictures.begin(&name).map_err(|_| Refusal::FILE_NOT_STORED)?;
        let mut head = PictureHead::default();
        while let Some(chunk) = part.chunk().await.map_err(|_| Refusal::NO_FILE)? {
            head.add(&chunk);
            upload.write(&chunk).await.map_err(|_| Refusal::FILE_NOT_STORED)?;
        }
        Ok(Received { name, upload, head })
    }
}

/// A picture on its way to the store; dropped, it leaves nothing there.
struct Received {
    name: String,
    upload: Upload,
    head: PictureHead,
}

#[cfg(test)]
mod tests {
    use super::suffix_of;

    #[test]
    fn the_last_suffix_counts_as_it_is_written() {
        for good in ["a.png", "a.b.jpeg", ".jpg", "a b/c.png"] {
            assert!(suffix_of(good).is_some(), "{good}");
        }
        for bad in ["a.PNG", "a.gif", "a", "a.png.exe", "a.jpgx", "a.xpng", "a.png/b", "png", "a.", ""] {
            assert!(suffix_of(bad).is_none(), "{bad}");
        }
    }
}
