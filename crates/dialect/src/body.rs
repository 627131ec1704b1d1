//! Request bodies: read whole within bounds of size and time, or as a bounded stream.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use actix_web::{HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use tokio::time::{Instant, timeout_at};

/// How much of a body is read, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyBounds {
    /// Most bytes of the whole body.
    pub bytes: usize,
    /// Longest time from the first read to the last byte, however steadily bytes trickle in.
    pub time: Duration,
}

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Larger than [`BodyBounds::bytes`], by its Content-Length or in fact.
    #[error("body too large")]
    TooLarge,
    /// Not complete within [`BodyBounds::time`].
    #[error("body too slow")]
    TooSlow,
    /// The client cut it short or framed it wrongly.
    #[error("body broken")]
    Broken,
}

/// Reads a whole body. One whose Content-Length is over the bound is refused without reading.
///
/// # Errors
/// [`BodyError`]; the rest of the body is then left to actix, which drains or closes the connection.
pub async fn read_body(request: &HttpRequest, payload: web::Payload, bounds: BodyBounds) -> Result<Bytes, BodyError> {
    let mut body = BoundedPayload::new(request.headers(), payload, bounds.bytes)?;
    let read = async {
        let mut whole = BytesMut::new();
        while let Some(chunk) = poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
            whole.extend_from_slice(&chunk?);
        }
        Ok(whole.freeze())
    };
    let ended = timeout_at(deadline(bounds.time), read).await;
    ended.map_err(|_| BodyError::TooSlow)?.map_err(|error: PayloadError| error_of(&error))
}

/// The instant a body that starts now must be complete.
pub(crate) fn deadline(time: Duration) -> Instant {
    let now = Instant::now();
    // A time too long to count means none; a day is none for a request.
    now.checked_add(time).unwrap_or(now + Duration::from_secs(86_400))
}

fn error_of(error: &PayloadError) -> BodyError {
    match error {
        PayloadError::Overflow => BodyError::TooLarge,
        _ => BodyError::Broken,
    }
}

/// A payload that ends with [`PayloadError::Overflow`] when it grows beyond a bound.
pub(crate) struct BoundedPayload {
    payload: web::Payload,
    left: usize,
}

impl BoundedPayload {
    pub(crate) fn new(headers: &HeaderMap, payload: web::Payload, most: usize) -> Result<Self, BodyError> {
        let stated = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if stated.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > most)) {
            return Err(BodyError::TooLarge);
        }
        Ok(Self { payload, left: most })
    }
}

impl Stream for BoundedPayload {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.payload).poll_next(context);
        let Poll::Ready(Some(Ok(chunk))) = polled else {
            return polled;
        };
        Poll::Ready(Some(match self.left.checked_sub(chunk.len()) {
            Some(left) => {
                self.left = left;
                Ok(chunk)
            }
            None => Err(PayloadError::Overflow),
        }))
    }
}

#[cfg(test)]
pub(crate) mod tests;
