//! CORS of every answer (section 3.4).

use actix_web::{
    Error, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};
use dragoman_dialect::{Declined, cors::origin};

use crate::{Mount, error::Refusal};

/// What a preflight is told.
const PREFLIGHT: [(HeaderName, HeaderValue); 3] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, DELETE, OPTIONS")),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Authorization, Content-Type")),
    (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600")),
];

/// Whether the page that asks may read the answer.
enum Reader {
    /// No origin is told apart from another.
    Anybody,
    /// One of the list.
    Listed(HeaderValue),
    /// None of the list, or no page at all.
    Nobody,
}

fn reader(request: &HttpRequest) -> Reader {
    request.app_data::<Data<Mount>>().map_or(Reader::Nobody, |mount| reader_of(mount, request))
}

fn reader_of(mount: &Mount, request: &HttpRequest) -> Reader {
    let settings = mount.settings.get();
    if settings.allowed_origins.is_empty() {
        return Reader::Anybody;
    }
    let listed = origin(request)
        .filter(|origin| settings.allowed_origins.iter().any(|listed| listed.as_bytes() == origin.as_bytes()));
    listed.map_or(Reader::Nobody, |origin| Reader::Listed(origin.clone()))
}

/// Around every path, unknown ones too: a browser hides the body of a refusal without these headers.
pub async fn shape(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let reader = reader(request.request());
    let mut response = next.call(request).await?.map_into_boxed_body();
    allow(reader, response.headers_mut());
    Ok(response)
}

/// What no route gets to see, for the page that asked.
pub fn refuse(mount: &Mount, request: &HttpRequest, reason: Declined) -> HttpResponse {
    let mut answer = Refusal::from(reason).error_response();
    allow(reader_of(mount, request), answer.headers_mut());
    answer
}

fn allow(reader: Reader, answer: &mut HeaderMap) {
    match reader {
        Reader::Anybody => {
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        Reader::Listed(origin) => {
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            answer.insert(header::VARY, HeaderValue::from_static("Origin"));
        }
        Reader::Nobody => {
            // A cache must not give this answer to a page of the list.
            answer.insert(header::VARY, HeaderValue::from_static("Origin"));
        }
    }
}

/// OPTIONS below `/api/v2/`. An origin that is not on the list gets no CORS header (section 14).
pub async fn preflight(request: HttpRequest) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    if !matches!(reader(&request), Reader::Nobody) {
        for header in PREFLIGHT {
            answer.insert_header(header);
        }
    }
    answer.finish()
}
