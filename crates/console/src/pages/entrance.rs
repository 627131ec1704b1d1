//! In and out: the password first, then the code.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data, Form, ServiceConfig},
};
use askama::Template;
use dragoman_accounts::{AccountError, LoginAttempt, LoginName, NewSession, NewToken, SessionLimit, SignIn, SignedIn};
use dragoman_passwords::{Presented, Secret};
use serde::Deserialize;
use std::time::Duration;

use crate::{
    House,
    desk::{CONSOLE, Desk, SET_UP},
    page::{lead_to, render, show},
    texts::{Texts, texts_for},
    tokens,
    trouble::{Cause, Trouble},
};

/// How long somebody may take to set up the second factor.
const SETTING_UP: Duration = Duration::from_secs(15 * 60);

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    texts: &'static Texts,
    form_token: String,
    failed: Option<&'static str>,
    name: String,
}

#[derive(Deserialize)]
struct SignInForm {
    form: String,
    name: String,
    password: String,
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
struct SignOutForm {
    form: String,
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/sign-in").route(web::get().to(ask)).route(web::post().to(sign_in)))
        .service(web::resource("/sign-out").route(web::post().to(sign_out)));
}

async fn ask(request: HttpRequest, house: Data<House>) -> HttpResponse {
    let visit = tokens::of(&request, tokens::VISIT).unwrap_or_else(|| tokens::fresh(house.accounts.randomness()));
    let page = SignInPage {
        texts: texts_for(&request),
        form_token: tokens::form_token(&visit),
        failed: None,
        name: String::new(),
    };
    let mut answer = show(&page);
    let _ = answer.add_cookie(&tokens::cookie(tokens::VISIT, visit, house.is_secure));
    answer
}

async fn sign_in(
    request: HttpRequest,
    house: Data<House>,
    Form(form): Form<SignInForm>,
) -> Result<HttpResponse, Trouble> {
    let texts = texts_for(&request);
    let visit = tokens::of(&request, tokens::VISIT).filter(|visit| tokens::fits(visit, &form.form));
    let Some(visit) = visit else { return Err(Trouble::new(Cause::WrongForm, texts)) };
    let token = tokens::fresh(house.accounts.randomness());
    let (status, failed) = match begin(&request, &house, &form, &token).await {
        Ok(begun) => {
            let mut answer = lead_to(if begun == SignedIn::Fully { "/" } else { "/set-up" });
            let _ = answer.add_cookie(&tokens::cookie(tokens::SESSION, token, house.is_secure));
            let _ = answer.add_cookie(&tokens::ended(tokens::VISIT, house.is_secure));
            return Ok(answer);
        }
        Err(AccountError::Throttled) => (StatusCode::TOO_MANY_REQUESTS, texts.throttled),
        Err(
            AccountError::UnknownAccount
            | AccountError::WrongPassword
            | AccountError::WrongAnswer
            | AccountError::Forbidden
            | AccountError::Locked { .. },
        ) => (StatusCode::FORBIDDEN, texts.sign_in_failed),
        Err(error) => return Err(Trouble::new(Cause::Refused(error), texts)),
    };
    let page =
        SignInPage { texts, form_token: tokens::form_token(&visit), failed: Some(failed), name: form.name.clone() };
    Ok(render(status, &page))
}

/// Whether it was the password or the code that was wrong is not told.
async fn begin(request: &HttpRequest, house: &House, form: &SignInForm, token: &str) -> Result<SignedIn, AccountError> {
    let (realm, origin) = (house.realm(), house.origin(request));
    let by_address = form.name.contains('@');
    let attempt = LoginAttempt {
        name: if by_address { LoginName::Email(form.name.clone()) } else { LoginName::Username(form.name.clone()) },
        presented: Presented::Plain(Secret::from(form.password.as_str())),
        session: None,
        facet: "",
        origin: origin.clone(),
    };
    let member = house.accounts.log_in_before_second_factor(&realm, attempt).await?;
    let sign_in = SignIn {
        account: member.account.number,
        code: form.code.clone(),
        session: whole_session(house, token, None),
        set_up: session(SET_UP, token, SETTING_UP, None),
        origin,
    };
    house.accounts.sign_in(&realm, sign_in).await
}

/// A session that is good for everything.
pub(crate) fn whole_session(house: &House, token: &str, replaces: Option<String>) -> NewSession {
    session(CONSOLE, token, house.idle, replaces)
}

fn session(purpose: &'static str, token: &str, life: Duration, replaces: Option<String>) -> NewSession {
    let tokens = vec![NewToken::new(purpose, token.to_owned(), Some(life))];
    NewSession { tokens, limit: SessionLimit::None, replaces }
}

async fn sign_out(desk: Desk, Form(form): Form<SignOutForm>) -> Result<HttpResponse, Trouble> {
    desk.check_form(&form.form)?;
    let ended = desk.accounts().end_session(&desk.realm(), desk.token()).await;
    ended.map_err(|error| desk.refused(error))?;
    let mut answer = lead_to("/sign-in");
    let _ = answer.add_cookie(&tokens::ended(tokens::SESSION, desk.house.is_secure));
    Ok(answer)
}
