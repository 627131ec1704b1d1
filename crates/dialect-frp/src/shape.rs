//! CORS of every answer (section 3.4).

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};
use dragoman_dialect::cors::origin;

use crate::Mount;

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
    let Some(mount) = request.app_data::<Data<Mount>>() else { return Reader::Nobody };
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
    let answer = response.headers_mut();
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
    Ok(response)
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
