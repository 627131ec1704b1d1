//! How every answer leaves: JSON in the mount's layout with the CORS headers of section 1.5, refusals included.

use actix_web::{
    Error, HttpRequest, HttpResponse, Responder,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType, StatusCode, Version,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web,
};
use dragoman_dialect::{
    Declined,
    cors::{echo_origin, is_preflight},
    json::{JsonFlavour, Layout, to_text},
};
use serde::Serialize;

use crate::{
    Mount,
    error::Refusal,
    page::{method_not_allowed, page},
    wire::{GuardError, Message},
};

/// A 200 whose body is JSON.
pub struct Json<T>(pub T);

impl<T: Serialize> Responder for Json<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        json(layout(request.app_data()), StatusCode::OK, &self.0)
    }
}

/// This dialect's JSON, for members declared in sorted order.
pub fn flavour(layout: Layout) -> JsonFlavour {
    JsonFlavour::flask(layout).in_given_order()
}

fn layout(mount: Option<&web::Data<Mount>>) -> Layout {
    mount.map(|mount| mount.settings.get().json_layout).unwrap_or_default()
}

fn json<T: Serialize>(layout: Layout, status: StatusCode, value: &T) -> HttpResponse {
    match to_text(value, &flavour(layout)) {
        Ok(body) => HttpResponse::build(status).content_type("application/json").body(body),
        Err(error) => {
            tracing::error!(%error, "an answer does not serialise");
            page(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Around every endpoint but `/`: writes refusals and adds CORS headers to JSON.
pub async fn shape(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse, Error> {
    let layout = layout(request.app_data());
    let response = next.call(request).await?;
    let refusal = response.response().error().and_then(|error| error.as_error::<Refusal>()).copied();
    let mut response = match refusal {
        Some(refusal) => response.into_response(refused(layout, refusal)),
        None => response.map_into_boxed_body(),
    };
    if is_json(response.headers()) {
        let (request, answer) = (response.request().clone(), response.headers_mut());
        allow_origin(&request, answer);
    }
    end_by_closing(&mut response);
    Ok(response)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json")
}

/// What no route gets to see. Most of it is a page, which has no CORS headers (D10).
pub fn refuse(mount: &Mount, request: &HttpRequest, reason: Declined) -> HttpResponse {
    let mut answer = refused(mount.settings.get().json_layout, Refusal::from(reason));
    if is_json(answer.headers()) {
        allow_origin(request, answer.headers_mut());
    }
    answer
}

/// A long list has no length, and HTTP/1.0 (a proxy in front, say) no chunks: there, the end of the connection ends it.
fn end_by_closing(response: &mut ServiceResponse<BoxBody>) {
    let is_old = response.request().version() < Version::HTTP_11;
    let answer = response.response_mut();
    if is_old && answer.body().size() == BodySize::Stream {
        answer.head_mut().no_chunking(true);
        answer.head_mut().set_connection_type(ConnectionType::Close);
    }
}

fn refused(layout: Layout, refusal: Refusal) -> HttpResponse {
    match refusal {
        Refusal::Error(status, error) => json(layout, status, &GuardError { error }),
        Refusal::Message(status, message) => json(layout, status, &Message { message }),
        Refusal::Page(status) => page(status),
        Refusal::MethodNotAllowed(allow) => method_not_allowed(allow),
    }
}

fn allow_origin(request: &HttpRequest, answer: &mut HeaderMap) {
    if echo_origin(request, answer) {
        answer.insert(header::VARY, HeaderValue::from_static("Origin"));
    } else {
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
}

/// OPTIONS on a known path.
pub async fn options(request: HttpRequest) -> HttpResponse {
    let mut answer = bare_options().await;
    let headers = answer.headers_mut();
    allow_origin(&request, headers);
    if is_preflight(&request) {
        let methods = HeaderValue::from_static("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        if let Some(names) = sorted_names(&request) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
        }
    }
    answer
}

/// OPTIONS without CORS, as `/` answers it.
pub async fn bare_options() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::ALLOW, "GET, POST, HEAD, OPTIONS"))
        .body("")
}

/// The asked-for header names, sorted by character code.
fn sorted_names(request: &HttpRequest) -> Option<HeaderValue> {
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS)?.to_str().ok()?;
    let mut names: Vec<&str> = asked.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return None;
    }
    names.sort_unstable();
    HeaderValue::from_str(&names.join(", ")).ok()
}
