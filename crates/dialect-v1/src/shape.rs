//! How every answer leaves: the envelope of section 2, the CORS headers on all of them, OPTIONS on any path.

use actix_web::{
    Error, HttpRequest, HttpResponse, Responder, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
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
    envelope::Envelope,
    error::{JSON, Refusal},
};

/// Success with `data`.
pub struct Answer<T>(pub T);

/// Success without data.
pub const OK: Answer<()> = Answer(());

impl<T: Serialize> Responder for Answer<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        // D12: `ok` everywhere, also where the old server shouted.
        match to_text(&Envelope { code: 200, data: self.0, msg: "ok" }, &JsonFlavour::go()) {
            Ok(body) => HttpResponse::Ok().content_type(JSON).body(body),
            Err(error) => {
                tracing::error!(%error, "an answer does not serialise");
                Refusal::FAULT.error_response()
            }
        }
    }
}

/// Around everything: answers OPTIONS itself and adds the CORS headers.
pub async fn shape(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse, Error> {
    let mut response = if request.method() == Method::OPTIONS {
        request.into_response(HttpResponse::Ok().finish())
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let origin = response.request().app_data::<web::Data<Mount>>().map(|mount| mount.allow_origin());
    add_cors(response.headers_mut(), origin);
    Ok(response)
}

/// What no route gets to see.
pub fn refuse(mount: &Mount, reason: Declined) -> HttpResponse {
    let mut answer = Refusal::from(reason).error_response();
    add_cors(answer.headers_mut(), Some(mount.allow_origin()));
    answer
}

fn add_cors(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.unwrap_or(HeaderValue::from_static("*")));
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET,POST,OPTIONS"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization,Authorization,DNT,X-CustomHeader,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,\
             Cache-Control,Content-Type",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// What an unknown path, or a known one with another method, gets.
pub async fn not_found() -> Refusal {
    Refusal::NotFound
}

impl Responder for Refusal {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.error_response()
    }
}
