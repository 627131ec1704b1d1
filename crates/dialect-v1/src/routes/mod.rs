//! The routes, one file an area of the contract.

mod administration;
mod captcha;
mod entry;
mod picture;
mod profile;
mod public;
mod reset;

use actix_web::{
    Resource,
    guard::{Any, Get, Head},
    middleware::from_fn,
    web::{self, ServiceConfig},
};

use crate::shape::{not_found, shape};

/// Adds every route of the contract's summary table. A known path with another method is as unknown as any other; HEAD is
/// another method than GET, but for pictures.
pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("")
            .wrap(from_fn(shape))
            .service(path("/user/register").route(web::post().to(entry::register)))
            .service(path("/user/login").route(web::post().to(entry::log_in)))
            .service(path("/user/login/email").route(web::post().to(entry::log_in_by_code)))
            .service(path("/user/token/refresh").route(web::get().to(entry::refresh)))
            .service(path("/user/code/email").route(web::post().to(captcha::send_code)))
            .service(path("/captcha/get").route(web::get().to(captcha::slider)))
            .service(path("/captcha/validate").route(web::post().to(captcha::validate)))
            .service(path("/user/info/other").route(web::get().to(public::other)))
            .service(path("/user/uid").route(web::get().to(public::uid)))
            .service(path("/user/resetpwd/check").route(web::get().to(reset::check)))
            .service(path("/user/pwd/modify").route(web::post().to(reset::modify)))
            .service(path("/user/info/get").route(web::get().to(profile::own)))
            .service(path("/user/info/modify").route(web::post().to(profile::modify)))
            .service(path("/user/cover/modify").route(web::post().to(profile::modify_cover)))
            .service(path("/user/manage/list").route(web::get().to(administration::list)))
            .service(path("/user/manage/search").route(web::get().to(administration::search)))
            // D3: the document's spelling.
            .service(path("/user/manage/search&{query:.*}").route(web::get().to(administration::search)))
            .service(path("/user/manage/modify").route(web::post().to(administration::modify)))
            .service(path("/user/manage/role/modify").route(web::post().to(administration::modify_role)))
            .service(path("/user/manage/delete").route(web::post().to(administration::delete)))
            .service(path("/upload/image").route(web::post().to(picture::upload)))
            .service(
                web::resource("/api/image/{name}")
                    .route(web::route().guard(Any(Get()).or(Head())).to(picture::picture))
                    .default_service(web::to(not_found)),
            )
            .default_service(web::to(not_found)),
    );
}

/// An endpoint, with and without a superfluous slash (D1).
fn path(path: &str) -> Resource {
    let path = format!("/api/v1{path}");
    web::resource([path.clone(), format!("{path}/")]).default_service(web::to(not_found))
}
