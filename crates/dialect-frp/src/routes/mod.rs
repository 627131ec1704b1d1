//! The routes, one file an area of the contract, and what a wrong method or path gets (sections 3.5 and 14).

mod mailing;
mod profile;
mod registration;
mod session;
mod token;

use actix_web::{
    FromRequest, Handler, Resource, Responder,
    guard::{Any, Get, Head, Options},
    middleware::from_fn,
    web::{self, ServiceConfig},
};
use dragoman_dialect::UNSERVED;

pub use registration::Form;
pub use token::session_with;

use crate::{
    error::Refusal,
    shape::{preflight, shape},
};

/// Adds endpoints 1 to 10. A preflight is answered on any path of theirs, served or not: a browser would hide the refusal
/// that follows it (section 3.4).
pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("")
            .wrap(from_fn(shape))
            .service(Endpoint::at("users/login").post(session::log_in).allowing("POST, OPTIONS"))
            .service(Endpoint::at("users/reset/password").post(session::reset_password).allowing("POST, OPTIONS"))
            .service(Endpoint::at("users/info").get(profile::info).allowing("GET, HEAD, OPTIONS"))
            .service(Endpoint::at("users/register").post(registration::register).allowing("POST, OPTIONS"))
            .service(Endpoint::at("users/send").get(mailing::send).allowing("GET, HEAD, OPTIONS"))
            .service(Endpoint::at("users/reset/token/all").delete(token::end_all).allowing("DELETE, OPTIONS"))
            .service(Endpoint::at("users/reset/token/single").delete(token::end_one).allowing("DELETE, OPTIONS"))
            .service(
                Endpoint::at("users/reset/frp_token")
                    .get(profile::renew_tunnel_key)
                    .post(profile::renew_tunnel_key)
                    .allowing("GET, HEAD, POST, OPTIONS"),
            )
            .service(Endpoint::at("users/reset/traffic").get(profile::refill_traffic).allowing("GET, HEAD, OPTIONS"))
            .service(Endpoint::at("check/token").get(token::check).allowing("GET, HEAD, OPTIONS"))
            .service(
                web::resource("/api/v2/{rest:.*}")
                    .name(UNSERVED)
                    .route(web::route().guard(Options()).to(preflight))
                    .default_service(web::to(not_found)),
            )
            .default_service(web::to(not_found)),
    );
}

async fn not_found() -> Result<&'static str, Refusal> {
    Err(Refusal::NOT_FOUND)
}

/// One path, with and without a slash behind it.
struct Endpoint(Resource);

impl Endpoint {
    fn at(path: &str) -> Self {
        let path = format!("/api/v2/{path}");
        let slashed = format!("{path}/");
        Self(web::resource([path, slashed]).route(web::route().guard(Options()).to(preflight)))
    }

    /// HEAD is answered as GET without a body (section 14).
    fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self(self.0.route(web::route().guard(Any(Get()).or(Head())).to(handler)))
    }

    fn post<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self(self.0.route(web::post().to(handler)))
    }

    fn delete<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self(self.0.route(web::delete().to(handler)))
    }

    /// Any other method is refused with those that are served.
    fn allowing(self, methods: &'static str) -> Resource {
        let refuse = move || async move { Err::<&str, _>(Refusal::method_not_allowed(methods)) };
        self.0.default_service(web::to(refuse))
    }
}
