//! A template becomes an answer.

use actix_web::{HttpResponse, http::StatusCode, http::header};
use askama::Template;

pub(crate) fn render(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

pub(crate) fn show(page: &impl Template) -> HttpResponse {
    render(StatusCode::OK, page)
}

/// After a form: the browser asks for a page, so that a reload sends nothing twice.
pub(crate) fn lead_to(place: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, place)).finish()
}
