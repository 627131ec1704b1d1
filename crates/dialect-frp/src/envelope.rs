//! What every answer stands in (section 3.1).

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{StatusCode, header::ContentType},
};
use dragoman_dialect::json::{JsonFlavour, to_text};
use serde::Serialize;

/// The envelope of section 3.1.
#[derive(Serialize)]
struct Envelope<'a, T> {
    msg: &'a str,
    data: T,
    status: u16,
}

/// `data` of a failure, and of a success that says nothing but a text.
#[derive(Serialize)]
pub struct Text<'a> {
    pub msg: &'a str,
}

/// `data` of a success with nothing to say.
pub const DONE: Success<Text<'static>> = Success(Text { msg: "" });

/// A 200 with its `data`.
pub struct Success<T>(pub T);

impl<T: Serialize> Responder for Success<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        envelope(StatusCode::OK, "success", self.0)
    }
}

/// A failure: the text stands in both places, because old clients read one and newer ones the other (section 3.1).
pub fn failure(status: StatusCode, text: &str) -> HttpResponse {
    envelope(status, text, Text { msg: text })
}

fn envelope<T: Serialize>(status: StatusCode, msg: &str, data: T) -> HttpResponse {
    match to_text(&Envelope { msg, data, status: status.as_u16() }, &JsonFlavour::frp()) {
        Ok(body) => HttpResponse::build(status).content_type(ContentType::json()).body(body),
        Err(error) => {
            tracing::error!(%error, "an answer does not serialise");
            HttpResponse::InternalServerError().finish()
        }
    }
}
