//! `multipart/form-data`, a part at a time: texts into memory, files as a stream.

use actix_multipart::{Field, Multipart};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ContentDisposition, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use crate::body::{BodyBounds, BodyError, BoundedPayload, deadline};
use crate::form::Fields;
use crate::headers::{MULTIPART, media_type};

/// Why a multipart body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    /// No multipart body: another media type, no boundary, cut short.
    #[error("malformed multipart body")]
    Malformed,
    /// The body is larger than its bound, or a text part than its own, or there are too many texts.
    #[error("multipart body too large")]
    TooLarge,
    /// Not complete within [`BodyBounds::time`].
    #[error("multipart body too slow")]
    TooSlow,
}

/// Reads the parts of a body in order; needs 64 KiB however large they are.
pub struct MultipartReader {
    parts: Multipart,
    deadline: Instant,
    ended: bool,
}

/// One part. Dropping it unread skips it.
pub struct Part<'r> {
    reader: &'r mut MultipartReader,
    field: Field,
    disposition: ContentDisposition,
    ended: bool,
}

impl MultipartReader {
    /// Starts on a request's body, whatever its media type: only the boundary counts.
    ///
    /// # Errors
    /// [`MultipartError::TooLarge`] by the Content-Length; all else appears with the parts.
    pub fn new(request: &HttpRequest, payload: web::Payload, bounds: BodyBounds) -> Result<Self, MultipartError> {
        let body = BoundedPayload::new(request.headers(), payload, bounds.bytes)?;
        let headers = as_mixed(request.headers());
        Ok(Self { parts: Multipart::new(&headers, body), deadline: deadline(bounds.time), ended: false })
    }

    /// The next part, `None` after the last one. Those without a name are skipped, as Django, PHP and Go do.
    ///
    /// # Errors
    /// [`MultipartError`]; afterwards there are no more parts.
    pub async fn next_part(&mut self) -> Result<Option<Part<'_>>, MultipartError> {
        if self.ended {
            return Ok(None);
        }
        // Until a part is there: `actix-multipart` panics when it is asked again after an error.
        self.ended = true;
        loop {
            let next = timeout_at(self.deadline, self.parts.next()).await.map_err(|_| MultipartError::TooSlow)?;
            let Some(field) = next else { return Ok(None) };
            let field = field.map_err(error_of)?;
            if let Some(disposition) = disposition(field.headers()) {
                self.ended = false;
                return Ok(Some(Part { reader: self, field, disposition, ended: false }));
            }
        }
    }
}

/// The headers of a request, of another kind of multipart: `actix-multipart` gives up a form of which one part has no
/// name, or a `Content-Disposition` that is not UTF-8 (a file name in GBK). None of the old servers did.
fn as_mixed(headers: &HeaderMap) -> HeaderMap {
    let mut others = HeaderMap::new();
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else { return others };
    let parameters = kind.find(';').and_then(|end| kind.get(end..)).unwrap_or_default();
    let mixed = if media_type(headers) == MULTIPART { format!("multipart/mixed{parameters}") } else { kind.to_owned() };
    if let Ok(value) = HeaderValue::from_str(&mixed) {
        others.insert(CONTENT_TYPE, value);
    }
    others
}

/// What a part of a form says it is; `None` without a name. Bytes that are not UTF-8 become U+FFFD.
fn disposition(headers: &HeaderMap) -> Option<ContentDisposition> {
    let text = String::from_utf8_lossy(headers.get(CONTENT_DISPOSITION)?.as_bytes());
    let disposition = ContentDisposition::from_raw(&HeaderValue::from_bytes(text.as_bytes()).ok()?).ok()?;
    (disposition.is_form_data() && disposition.get_name().is_some()).then_some(disposition)
}

impl Part<'_> {
    /// The field's name.
    pub fn name(&self) -> &str {
        self.disposition.get_name().unwrap_or_default()
    }

    /// The file name as sent, perhaps empty or full of slashes; `None` if the part is a text. `filename*` wins.
    pub fn file_name(&self) -> Option<String> {
        let extended = self.disposition.get_filename_ext();
        let extended = extended.map(|name| String::from_utf8_lossy(&name.value).into_owned());
        extended.or_else(|| self.disposition.get_filename().map(str::to_owned))
    }

    /// The media type the part claims, as sent.
    pub fn content_type(&self) -> Option<String> {
        self.field.content_type().map(ToString::to_string)
    }

    /// The next bytes of the part, `None` after the last ones.
    ///
    /// # Errors
    /// [`MultipartError`]; afterwards there are no more bytes and no more parts.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, MultipartError> {
        if self.ended {
            return Ok(None);
        }
        // Until bytes are there: `actix-multipart` panics when a part is asked again after its end.
        (self.ended, self.reader.ended) = (true, true);
        let next = timeout_at(self.reader.deadline, self.field.next()).await.map_err(|_| MultipartError::TooSlow)?;
        let chunk = next.transpose().map_err(error_of)?;
        (self.ended, self.reader.ended) = (chunk.is_none(), false);
        Ok(chunk)
    }

    /// The whole part in memory.
    ///
    /// # Errors
    /// [`MultipartError::TooLarge`] beyond `most` bytes, and those of [`Part::chunk`].
    pub async fn bytes(mut self, most: usize) -> Result<Vec<u8>, MultipartError> {
        let mut whole = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if chunk.len() > most.saturating_sub(whole.len()) {
                return Err(MultipartError::TooLarge);
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole)
    }
}

/// Empty, so that the compiler refuses to ask for the next part while this one lives: `actix-multipart` would wait for ever.
impl Drop for Part<'_> {
    fn drop(&mut self) {}
}

/// All text parts of a body, at most `most`; parts with a file name are skipped (php 2.3).
///
/// # Errors
/// [`MultipartError`]. A dialect for which a malformed body has no fields says so itself (frp 2.1).
pub async fn read_text_fields(
    request: &HttpRequest,
    payload: web::Payload,
    bounds: BodyBounds,
    most: usize,
) -> Result<Fields, MultipartError> {
    let mut reader = MultipartReader::new(request, payload, bounds)?;
    let mut fields = Fields::default();
    while let Some(part) = reader.next_part().await? {
        if part.file_name().is_some() {
            continue;
        }
        if fields.len() == most {
            return Err(MultipartError::TooLarge);
        }
        let name = part.name().as_bytes().to_vec();
        fields.push(name, part.bytes(bounds.bytes).await?);
    }
    Ok(fields)
}

impl From<BodyError> for MultipartError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::TooLarge,
            BodyError::TooSlow => Self::TooSlow,
            BodyError::Broken => Self::Malformed,
        }
    }
}

fn error_of(error: actix_multipart::MultipartError) -> MultipartError {
    match error {
        actix_multipart::MultipartError::Payload(PayloadError::Overflow) => MultipartError::TooLarge,
        _ => MultipartError::Malformed,
    }
}

#[cfg(test)]
mod tests;
