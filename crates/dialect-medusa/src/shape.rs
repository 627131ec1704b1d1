//! The headers of every answer, and preflights (section 1.7).

use actix_web::{
    Error, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
};
use dragoman_dialect::{
    Declined,
    cors::{echo_origin, is_preflight},
};

use crate::error::Refusal;

const METHODS: HeaderValue = HeaderValue::from_static("GET, OPTIONS, POST");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "XMLHttpRequest, X_FILENAME, accept-encoding, authorization, content-type, dnt, origin, user-agent, x-csrftoken, \
     token, x-requested-with, Pragma, TrojanGenerateFileName, TrojanId, Key, FileFullPath, UUID",
);
const MAX_AGE: HeaderValue = HeaderValue::from_static("86400");

/// Around every path, unknown ones too: answers preflights and adds the headers that all answers have.
pub async fn shape(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let preflight = is_preflight(request.request());
    let mut response = if preflight {
        request.into_response(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(""))
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let request = response.request().clone();
    add_headers(&request, preflight, response.headers_mut());
    Ok(response)
}

/// What no route gets to see. Not this dialect's doing, so HTTP says it as well.
pub fn refuse(request: &HttpRequest, reason: Declined) -> HttpResponse {
    let mut answer = Refusal::from(reason).error_response();
    *answer.status_mut() = reason.status();
    add_headers(request, false, answer.headers_mut());
    answer
}

fn add_headers(request: &HttpRequest, preflight: bool, answer: &mut HeaderMap) {
    answer.insert(header::VARY, HeaderValue::from_static("Origin"));
    if !preflight {
        answer.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        answer.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    if echo_origin(request, answer) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        if request.method() == Method::OPTIONS {
            allow(answer);
        }
    }
}

/// Any OPTIONS with an origin, whatever it asks for.
fn allow(answer: &mut HeaderMap) {
    const ALLOWED: [(HeaderName, HeaderValue); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
    ];
    for (name, value) in ALLOWED {
        answer.insert(name, value);
    }
}

/// An unknown path, and an unknown picture.
pub async fn not_found() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("text/html")
        .body("<!DOCTYPE html>\n<title>Not Found</title>\n<h1>Not Found</h1>\n")
}
