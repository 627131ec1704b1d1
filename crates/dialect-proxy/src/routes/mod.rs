//! The routes, one file an area of the contract, and what a wrong method or path gets (section 1.6, D3).

mod account;
mod addresses;
mod administration;
mod list;
mod public;

use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder, Route,
    guard::{Any, Get, Guard, Head, Options, Post},
    http::StatusCode,
    middleware::from_fn,
    web::{self, ServiceConfig},
};

use crate::{
    auth::Caller,
    error::Refusal,
    page::{method_not_allowed, page},
    shape::{bare_options, options, shape},
};

/// Adds every route of the contract's summary table.
pub fn configure(config: &mut ServiceConfig) {
    let root = web::resource("/")
        .route(Served::Get.route().to(public::hello))
        .route(web::route().guard(Options()).to(bare_options))
        .default_service(web::to(|| async { method_not_allowed(Served::Get.allow()) }));
    config.service(root).service(
        web::scope("")
            .wrap(from_fn(shape))
            .service(open("/login", Served::Post, public::login))
            .service(open("/regist", Served::Post, public::register))
            .service(guarded("/about", Served::Get, account::about))
            .service(guarded("/upavatar", Served::GetAndPost, account::change_avatar))
            .service(guarded("/description", Served::Post, account::describe))
            .service(guarded("/upwd", Served::Post, account::change_password))
            .service(guarded("/userlist", Served::Get, list::users))
            .service(guarded("/adminlist", Served::Get, list::administrators))
            .service(guarded("/adduser", Served::Post, administration::add_user))
            .service(guarded("/delete", Served::Post, administration::delete))
            .service(guarded("/lock", Served::Post, administration::lock))
            .service(guarded("/admin/upwd", Served::Post, administration::reset_password))
            .service(guarded("/iplist", Served::Get, addresses::addresses))
            .default_service(web::to(|| async { page(StatusCode::NOT_FOUND) })),
    );
}

/// The methods an endpoint serves; HEAD is answered as GET without a body.
#[derive(Clone, Copy)]
enum Served {
    Get,
    Post,
    GetAndPost,
}

impl Served {
    fn route(self) -> Route {
        match self {
            Self::Get => web::route().guard(Any(Get()).or(Head())),
            Self::Post => web::post(),
            Self::GetAndPost => web::route().guard(routed_of_old()),
        }
    }

    const fn allow(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD, OPTIONS",
            Self::Post => "POST, OPTIONS",
            Self::GetAndPost => "GET, HEAD, POST, OPTIONS",
        }
    }
}

/// The old server routed these on every path and then failed on those the endpoint did not expect.
fn routed_of_old() -> impl Guard {
    Any(Get()).or(Head()).or(Post())
}

/// An endpoint that never looks at a token.
fn open<F, Args>(path: &'static str, served: Served, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path)
        .route(served.route().to(handler))
        .route(web::route().guard(Options()).to(options))
        .default_service(web::to(move || async move { method_not_allowed(served.allow()) }))
}

/// An endpoint whose wrong GET, HEAD or POST is 405 only after the guard; PUT, PATCH, DELETE and others are so at once.
fn guarded<F, Args>(path: &'static str, served: Served, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let wrong_method =
        move |_: Caller| async move { Err::<HttpResponse, _>(Refusal::MethodNotAllowed(served.allow())) };
    web::resource(path)
        .route(served.route().to(handler))
        .route(web::route().guard(Options()).to(options))
        .route(web::route().guard(routed_of_old()).to(wrong_method))
        .default_service(web::to(move || async move { method_not_allowed(served.allow()) }))
}
