//! How every answer leaves: JSON in the mount's handwriting (2.5) and the headers of section 2.4, refusals included.

use actix_web::{
    Error, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use dragoman_dialect::{
    Declined,
    json::{JsonFlavour, to_text},
};
use serde::Serialize;

use crate::{
    Mount,
    error::Refusal,
    settings::{ContentType, Settings},
    wire::Flag,
};

/// PHP sends the first three with every session. They are no decoration: pages ask for their status without a cache breaker.
const EVERY_ANSWER: [(HeaderName, &str); 4] = [
    (header::EXPIRES, "Thu, 19 Nov 1981 08:52:00 GMT"),
    (header::CACHE_CONTROL, "no-store, no-cache, must-revalidate"),
    (header::PRAGMA, "no-cache"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

impl Mount {
    /// A 200 with a JSON body.
    pub fn answer<T: Serialize>(&self, body: &T) -> HttpResponse {
        json(&self.settings.get(), StatusCode::OK, body)
    }
}

/// The answer with a cookie for the browser.
pub fn with_cookie(mut answer: HttpResponse, cookie: Option<String>) -> HttpResponse {
    if let Some(value) = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        answer.headers_mut().insert(header::SET_COOKIE, value);
    }
    answer
}

fn json<T: Serialize>(settings: &Settings, status: StatusCode, body: &T) -> HttpResponse {
    let flavour = JsonFlavour::php(settings.json_ascii, settings.content_type == ContentType::Html);
    match to_text(body, &flavour) {
        Ok(body) => text(settings, status, body),
        Err(error) => {
            tracing::error!(%error, "an answer does not serialise");
            text(settings, StatusCode::INTERNAL_SERVER_ERROR, "{\"flag\":false}".to_owned())
        }
    }
}

/// A body that is written already, in the mount's content type.
pub fn text(settings: &Settings, status: StatusCode, body: String) -> HttpResponse {
    HttpResponse::build(status).content_type(settings.content_type.header()).body(body)
}

/// Around every script: refuses paths outside the mounts, writes refusals, adds the headers.
pub async fn shape(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse, Error> {
    let settings = match request.app_data::<web::Data<Mount>>() {
        Some(mount) => mount.settings.get(),
        None => Default::default(),
    };
    let is_script = settings.is_script_of_a_mount(request.match_info().unprocessed());
    let mut response = if is_script {
        let response = next.call(request).await?;
        let refusal = response.response().error().and_then(|error| error.as_error::<Refusal>()).cloned();
        match refusal {
            Some(refusal) => response.into_response(refused(&settings, &refusal)),
            None => response.map_into_boxed_body(),
        }
    } else {
        request.into_response(refused(&settings, &Refusal::NotFound))
    };
    add_headers(response.headers_mut());
    Ok(response)
}

/// What no route gets to see.
pub fn refuse(settings: &Settings, reason: Declined) -> HttpResponse {
    let mut answer = refused(settings, &Refusal::from(reason));
    add_headers(answer.headers_mut());
    answer
}

fn refused(settings: &Settings, refusal: &Refusal) -> HttpResponse {
    match refusal {
        Refusal::Outcome(status, outcome) => json(settings, *status, outcome),
        Refusal::Verdict(status, verdict) => json(settings, *status, verdict),
        Refusal::Flag(status) => json(settings, *status, &Flag::FALSE),
        Refusal::NotLoggedOut => json(settings, StatusCode::OK, &false),
        Refusal::NotFound => {
            HttpResponse::NotFound().content_type(ContentType::Html.header()).body("File not found.\n")
        }
    }
}

fn add_headers(headers: &mut HeaderMap) {
    for (name, value) in EVERY_ANSWER {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
