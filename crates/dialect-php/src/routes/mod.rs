//! The nine scripts, one file an area of the contract.

mod account;
mod page;
mod registration;
mod session;

use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder,
    middleware::from_fn,
    web::{self, ServiceConfig},
};

use crate::{
    SCRIPTS,
    error::{Endpoint, Refusal},
    shape::shape,
};

/// Adds every script of the contract's section 1.
pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("")
            .wrap(from_fn(shape))
            .service(post("login.php", Endpoint::Login, session::log_in))
            .service(any("get-status.php", session::status))
            .service(any("logout.php", session::log_out))
            .service(post("modify_user_nickname.php", Endpoint::Nickname, account::change_nickname))
            .service(post("modify_user_password.php", Endpoint::Password, account::change_password))
            .service(any("login-token.php", page::login_token))
            .service(any("captcha.php", page::captcha))
            .service(any("get-user-info.php", account::user_info))
            .service(post("register.php", Endpoint::Register, registration::register))
            .default_service(web::to(|| async { Err::<HttpResponse, _>(Refusal::NotFound) })),
    );
}

/// A script that does the same for every method, as PHP does (2.2).
fn any<F, Args>(name: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    script(name).route(web::to(handler))
}

/// A script that tells other methods than POST so, with status 200 and without a look at the request (2.2).
fn post<F, Args>(name: &str, endpoint: Endpoint, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let wrong_method = move || async move { Err::<HttpResponse, _>(Refusal::wrong_method(endpoint)) };
    script(name).route(web::post().to(handler)).default_service(web::to(wrong_method))
}

/// The paths of a script. In which folders it is, the settings say: `shape` has asked them.
fn script(name: &str) -> Resource {
    let (root, folder) = (format!("{SCRIPTS}{name}"), format!("/{{folder:.*}}{SCRIPTS}{name}"));
    let slashed = [format!("{root}/"), format!("{folder}/")];
    web::resource([root, folder].into_iter().chain(slashed).collect::<Vec<_>>())
}
