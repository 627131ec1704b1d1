//! A stored picture as an HTTP answer.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::body::SizedStream;
use actix_web::http::header::{
    ACCEPT_RANGES, CONTENT_RANGE, HttpDate, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_util::{Stream, stream};

use super::range::{Wanted, wanted};
use super::{Facts, PictureError, PictureStore, Stored};

/// How a dialect serves its pictures.
#[derive(Debug, Clone, Copy)]
pub struct Serving<'a> {
    /// The content type on the way out, whatever the bytes are.
    pub content_type: &'a str,
    /// Whether `Range` counts (v1); otherwise the whole picture is sent (medusa 3.9).
    pub ranges: bool,
}

/// What becomes of a request once size and age are known.
enum Answer {
    Unchanged,
    Whole,
    Part(Range<u64>),
    Unsatisfiable,
}

/// The answer for a name: 200, 206, 304 or 416 with `Last-Modified` and `nosniff`; `None` if there is no such picture.
/// The dialect adds its own headers. Every method but HEAD is answered as GET.
///
/// # Errors
/// [`PictureError::Storage`].
pub async fn respond(
    request: &HttpRequest,
    store: &PictureStore,
    name: &str,
    serving: Serving<'_>,
) -> Result<Option<HttpResponse>, PictureError> {
    let head = request.method() == Method::HEAD;
    let conditional = text(request, IF_MODIFIED_SINCE).is_some();
    let ranged = serving.ranges && text(request, RANGE).is_some();
    if !(head || conditional || ranged) {
        // Nothing to decide: one request to the storage instead of two.
        return Ok(store.get(name).await?.map(|stored| whole(stored, serving)));
    }
    let Some(facts) = store.facts(name).await? else { return Ok(None) };
    match answer(request, facts, ranged) {
        Answer::Unchanged => {
            Ok(Some(HttpResponse::NotModified().insert_header((LAST_MODIFIED, date(facts.modified))).finish()))
        }
        Answer::Unsatisfiable => {
            let mut response = headed(StatusCode::RANGE_NOT_SATISFIABLE, facts, serving);
            Ok(Some(response.insert_header((CONTENT_RANGE, format!("bytes */{}", facts.size))).finish()))
        }
        Answer::Whole if head => Ok(Some(headed(StatusCode::OK, facts, serving).body(nothing_of(facts.size)))),
        Answer::Whole => Ok(store.get(name).await?.map(|stored| whole(stored, serving))),
        Answer::Part(range) => {
            let length = range.end.saturating_sub(range.start);
            let shown = format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), facts.size);
            let mut response = headed(StatusCode::PARTIAL_CONTENT, facts, serving);
            response.insert_header((CONTENT_RANGE, shown));
            if head {
                return Ok(Some(response.body(nothing_of(length))));
            }
            Ok(store.get_range(name, range).await?.map(|(stored, partial)| match partial {
                true => response.body(SizedStream::new(length, stored.stream)),
                false => whole(stored, serving),
            }))
        }
    }
}

/// The body of an answer to HEAD: a length alone.
fn nothing_of(length: u64) -> SizedStream<impl Stream<Item = Result<Bytes, PictureError>>> {
    SizedStream::new(length, stream::empty())
}

fn answer(request: &HttpRequest, facts: Facts, ranged: bool) -> Answer {
    // If-None-Match takes precedence (RFC 9110, 13.1.3), and we give no entity tags that could match.
    let since = text(request, IF_MODIFIED_SINCE).filter(|_| text(request, IF_NONE_MATCH).is_none());
    if since.and_then(seconds).is_some_and(|since| facts.modified <= since) {
        return Answer::Unchanged;
    }
    let same = text(request, IF_RANGE).is_none_or(|version| seconds(version) == Some(facts.modified));
    match text(request, RANGE).filter(|_| ranged && same).map(|header| wanted(header, facts.size)) {
        None | Some(Wanted::Whole) => Answer::Whole,
        Some(Wanted::Part(range)) => Answer::Part(range),
        Some(Wanted::Nothing) => Answer::Unsatisfiable,
    }
}

fn whole(stored: Stored, serving: Serving<'_>) -> HttpResponse {
    headed(StatusCode::OK, stored.facts, serving).body(SizedStream::new(stored.facts.size, stored.stream))
}

fn headed(status: StatusCode, facts: Facts, serving: Serving<'_>) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .content_type(serving.content_type)
        .insert_header((LAST_MODIFIED, date(facts.modified)))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if serving.ranges {
        response.insert_header((ACCEPT_RANGES, "bytes"));
    }
    response
}

fn date(seconds: i64) -> HttpDate {
    HttpDate::from(UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

fn seconds(date: &str) -> Option<i64> {
    let instant: SystemTime = date.parse::<HttpDate>().ok()?.into();
    i64::try_from(instant.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

fn text(request: &HttpRequest, name: actix_web::http::header::HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}
