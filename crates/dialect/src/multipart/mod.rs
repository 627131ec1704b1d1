//! `multipart/form-data`, a part at a time: texts into memory, files as a stream.

mod delimiter;
mod head;
mod parameters;
mod reading;
mod transfer;

use std::future::poll_fn;
use std::pin::Pin;

use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::{HttpRequest, error::PayloadError, web};
use bytes::{Buf, Bytes, BytesMut};
use futures_util::Stream;
use tokio::time::{Instant, timeout_at};

use crate::body::{BodyBounds, BodyError, BoundedPayload, deadline};
use crate::form::Fields;
use crate::headers::{MULTIPART, media_type};

use delimiter::{Delimiter, Found, LineEnds};
use head::Head;
use transfer::Transfer;

pub use reading::Reading;

/// Most bytes of a part's head.
const MOST_HEAD: usize = 8 * 1024;
/// Most bytes of a part that are handed out at once.
const MOST_CHUNK: usize = 64 * 1024;

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

/// Reads the parts of a body in order; needs 64 KiB and what the network hands over at once, however large they are.
pub struct MultipartReader {
    body: BoundedPayload,
    /// Read and not handed out yet.
    held: BytesMut,
    body_ended: bool,
    delimiter: Delimiter,
    reading: Reading,
    place: Place,
    deadline: Instant,
}

/// Where in the body the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first boundary.
    Preamble {
        at_start: bool,
    },
    /// At the end of a boundary's line.
    Head,
    Content {
        at_start: bool,
    },
    /// Behind the last boundary, or behind an error.
    End,
}

/// One part. Dropping it unread skips it.
pub struct Part<'r> {
    reader: &'r mut MultipartReader,
    head: Head,
}

impl MultipartReader {
    /// Starts on a request's body.
    ///
    /// # Errors
    /// [`MultipartError::TooLarge`] by the Content-Length; [`MultipartError::Malformed`] without a boundary.
    pub fn new(
        request: &HttpRequest,
        payload: web::Payload,
        bounds: BodyBounds,
        reading: Reading,
    ) -> Result<Self, MultipartError> {
        let body = BoundedPayload::new(request.headers(), payload, bounds.bytes)?;
        let boundary = boundary_of(request.headers(), reading).ok_or(MultipartError::Malformed)?;
        Ok(Self {
            body,
            held: BytesMut::new(),
            body_ended: false,
            delimiter: Delimiter::new(&boundary, LineEnds::Any),
            reading,
            place: Place::Preamble { at_start: true },
            deadline: deadline(bounds.time),
        })
    }

    /// The next part, `None` after the last one. Those without a name are skipped, as Django, PHP and Go do.
    ///
    /// # Errors
    /// [`MultipartError`]; afterwards there are no more parts.
    pub async fn next_part(&mut self) -> Result<Option<Part<'_>>, MultipartError> {
        loop {
            while self.content().await?.is_some() {}
            if self.place == Place::End {
                return Ok(None);
            }
            if let Some(head) = self.head().await? {
                return Ok(Some(Part { reader: self, head }));
            }
        }
    }

    /// The next bytes up to the next boundary; `None` at a boundary.
    async fn content(&mut self) -> Result<Option<Bytes>, MultipartError> {
        loop {
            let at_start = match self.place {
                Place::Preamble { at_start } | Place::Content { at_start } => at_start,
                Place::Head | Place::End => return Ok(None),
            };
            match self.delimiter.find(&self.held, at_start, self.body_ended) {
                Found::Content(length) | Found::Delimiter { content: length @ 1.., .. } => {
                    self.leave_start();
                    return Ok(Some(self.held.split_to(length.min(MOST_CHUNK)).freeze()));
                }
                Found::Delimiter { line_end, last, .. } => {
                    self.held.advance(line_end);
                    self.pass_delimiter(last);
                    return Ok(None);
                }
                Found::More => self.read_more().await?,
            }
        }
    }

    fn leave_start(&mut self) {
        self.place = match self.place {
            Place::Preamble { .. } => Place::Preamble { at_start: false },
            Place::Content { .. } => Place::Content { at_start: false },
            place => place,
        };
    }

    fn pass_delimiter(&mut self, last: bool) {
        // Go goes by the line end of the first boundary.
        if matches!(self.place, Place::Preamble { .. }) && self.reading == Reading::Go {
            self.delimiter.line_ends = if self.held.starts_with(b"\n") { LineEnds::Lf } else { LineEnds::CrLf };
        }
        self.place = if last { Place::End } else { Place::Head };
    }

    /// Reads the head of a part; `None` if it is no field of a form.
    async fn head(&mut self) -> Result<Option<Head>, MultipartError> {
        let end = loop {
            if let Some(end) = head_end(&self.held, self.reading) {
                break end;
            }
            if self.held.len() > MOST_HEAD {
                return Err(self.fail(MultipartError::Malformed));
            }
            self.read_more().await?;
        };
        let lines = self.held.split_to(end);
        self.place = Place::Content { at_start: true };
        Ok(Head::parse(&lines, self.reading))
    }

    /// Waits for more of the body, of which there must be more.
    async fn read_more(&mut self) -> Result<(), MultipartError> {
        if self.body_ended {
            return Err(self.fail(MultipartError::Malformed));
        }
        let next = poll_fn(|context| Pin::new(&mut self.body).poll_next(context));
        match timeout_at(self.deadline, next).await {
            Err(_) => Err(self.fail(MultipartError::TooSlow)),
            Ok(None) => {
                self.body_ended = true;
                Ok(())
            }
            Ok(Some(Ok(chunk))) => {
                self.held.extend_from_slice(&chunk);
                Ok(())
            }
            Ok(Some(Err(PayloadError::Overflow))) => Err(self.fail(MultipartError::TooLarge)),
            Ok(Some(Err(_))) => Err(self.fail(MultipartError::Malformed)),
        }
    }

    fn fail(&mut self, error: MultipartError) -> MultipartError {
        self.place = Place::End;
        error
    }
}

fn boundary_of(headers: &HeaderMap, reading: Reading) -> Option<Vec<u8>> {
    let content_type = headers.get(CONTENT_TYPE).filter(|_| media_type(headers) == MULTIPART)?;
    reading.boundary(content_type.as_bytes())
}

/// Where the empty line behind a part's head ends, counted from the end of the boundary's line.
fn head_end(held: &[u8], reading: Reading) -> Option<usize> {
    let ends: &[&[u8]] = if reading.wants_cr() { &[b"\r\n\r\n"] } else { &[b"\n\r\n", b"\n\n"] };
    ends.iter().filter_map(|end| Some(memchr::memmem::find(held, end)? + end.len())).min()
}

impl Part<'_> {
    /// The field's name.
    pub fn name(&self) -> &str {
        &self.head.name
    }

    /// The file name as sent, perhaps empty or full of slashes; `None` if the part is a text. `filename*` wins.
    pub fn file_name(&self) -> Option<&str> {
        self.head.file_name.as_deref()
    }

    /// The media type the part claims, as sent.
    pub fn content_type(&self) -> Option<&str> {
        self.head.content_type.as_deref()
    }

    /// The next bytes of the part, `None` after the last ones.
    ///
    /// # Errors
    /// [`MultipartError`]; afterwards there are no more bytes and no more parts.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, MultipartError> {
        while let Some(chunk) = self.reader.content().await? {
            if self.head.transfer.is_plain() {
                return Ok(Some(chunk));
            }
            let decoded = self.head.transfer.decode(&chunk);
            if !decoded.is_empty() {
                return Ok(Some(decoded.into()));
            }
        }
        let transfer = std::mem::replace(&mut self.head.transfer, Transfer::Plain);
        transfer.finish().map_err(|error| self.reader.fail(error))?;
        Ok(None)
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

/// All text parts of a body, at most `most`; parts with a file name are skipped (php 2.3).
///
/// # Errors
/// [`MultipartError`]. A dialect for which a malformed body has no fields says so itself (frp 2.1).
pub async fn read_text_fields(
    request: &HttpRequest,
    payload: web::Payload,
    bounds: BodyBounds,
    most: usize,
    reading: Reading,
) -> Result<Fields, MultipartError> {
    let mut reader = MultipartReader::new(request, payload, bounds, reading)?;
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

#[cfg(test)]
mod tests;
