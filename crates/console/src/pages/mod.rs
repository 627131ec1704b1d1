//! The pages, one file each, and where they are.

mod account;
mod accounts;
mod acts;
mod audit;
mod entrance;
mod imports;
mod mails;
mod old_servers;
mod overview;
mod reports;
mod set_up;
mod usage;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Path, ServiceConfig},
};

use crate::{
    House,
    desk::Desk,
    page::lead_to,
    texts::{of_language, texts_for},
    tokens,
    trouble::{Cause, Trouble},
};

/// What stands around every page of somebody who is signed in.
pub(crate) struct Frame {
    pub form_token: String,
    pub operator: String,
    /// A form has just done what it was sent for.
    pub done: bool,
}

impl Frame {
    fn of(desk: &Desk, request: &HttpRequest) -> Self {
        Self {
            form_token: desk.form_token.clone(),
            operator: desk.operator.username.clone(),
            done: request.query_string().split('&').any(|part| part == "done"),
        }
    }
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/console.css").route(web::get().to(style)))
        .service(web::resource("/language/{language}").route(web::get().to(choose_language)))
        .service(web::resource("/").route(web::get().to(overview::overview)))
        .configure(entrance::configure)
        .configure(set_up::configure)
        .configure(accounts::configure)
        .configure(account::configure)
        .configure(acts::configure)
        .configure(imports::configure)
        .configure(old_servers::configure)
        .configure(usage::configure)
        .configure(mails::configure)
        .configure(audit::configure)
        .configure(reports::configure)
        .default_service(web::to(unknown));
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "max-age=3600"))
        .body(include_str!("../../assets/console.css"))
}

async fn choose_language(house: web::Data<House>, language: Path<String>) -> HttpResponse {
    let code = of_language(&language).language;
    let mut answer = lead_to("/");
    // A cookie of ours is always a valid header.
    let _ = answer.add_cookie(&tokens::cookie(tokens::LANGUAGE, code.to_owned(), house.is_secure));
    answer
}

async fn unknown(request: HttpRequest) -> Result<HttpResponse, Trouble> {
    Err(Trouble::new(Cause::Unknown, texts_for(&request)))
}
