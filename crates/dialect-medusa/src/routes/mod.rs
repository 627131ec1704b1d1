//! The routes, one file an area of the contract, and what a wrong method or path gets (section 1.6).

mod account;
mod avatar;
mod captcha;
mod password;
mod pictures;
mod registration;

use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder,
    middleware::from_fn,
    web::{self, ServiceConfig},
};

use crate::{
    error::Refusal,
    shape::{not_found, shape},
};

/// Adds every path of the contract's summary table.
pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("")
            .wrap(from_fn(shape))
            .service(posted("registered", registration::register))
            .service(posted("login", account::log_in))
            .service(posted("user_info", account::user_info))
            .service(posted("update_password", password::change))
            .service(posted("update_show_name", account::change_show_name))
            .service(posted("update_key", account::renew_key))
            .service(posted("forget_password", password::reset))
            .service(posted("upload_avatar", avatar::upload))
            .service(
                endpoint("get_verification_code")
                    .route(web::get().to(captcha::issue))
                    .default_service(web::to(not_get)),
            )
            // Every method is answered as GET (section 10).
            .service(web::resource("/s/{name}").to(pictures::picture))
            .default_service(web::to(not_found)),
    );
}

/// The old server knew one spelling, its document both: with and without the final slash.
fn endpoint(name: &str) -> Resource {
    web::resource(vec![format!("/api/{name}"), format!("/api/{name}/")])
}

/// An endpoint for POST alone; the method is looked at before anything else.
fn posted<F, Args>(name: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    endpoint(name).route(web::post().to(handler)).default_service(web::to(not_post))
}

async fn not_post() -> Result<HttpResponse, Refusal> {
    Err(Refusal::NOT_POST)
}

async fn not_get() -> Result<HttpResponse, Refusal> {
    Err(Refusal::NOT_GET)
}
