//! What can be done to an account from its page: each a form, each recorded.

use actix_web::{
    HttpResponse,
    web::{self, Form, Path, ServiceConfig},
};
use askama::Template;
use dragoman_accounts::{AccountNumber, OwnSessions, PasswordChange, PasswordProof};
use dragoman_passwords::Secret;
use serde::Deserialize;

use super::account::{ROLES, number_of};
use crate::{
    desk::Desk,
    page::{lead_to, show},
    texts::Texts,
    trouble::{Cause, Trouble},
};

/// What forms of this page hold, each what it needs.
#[derive(Deserialize)]
struct ActForm {
    form: String,
    #[serde(default)]
    value: String,
    /// The operator's own, before what cannot be undone.
    #[serde(default)]
    password: String,
}

/// What is shown once.
#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    texts: &'static Texts,
    number: i64,
    password: String,
}

/// Letters that nobody takes for another, and how many make a password.
const LETTERS: &[u8] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH: usize = 16;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(web::resource("/accounts/{number}/{act}").route(web::post().to(act)));
}

async fn act(desk: Desk, place: Path<(String, String)>, Form(form): Form<ActForm>) -> Result<HttpResponse, Trouble> {
    desk.check_form(&form.form)?;
    let number = number_of(&desk, &place.0)?;
    match place.1.as_str() {
        "lock" => set_locked(&desk, number, true).await?,
        "unlock" => set_locked(&desk, number, false).await?,
        "rename" => rename(&desk, number, form.value).await?,
        "email" => set_email(&desk, number, &form).await?,
        "role" => set_role(&desk, number, &form).await?,
        "end-sessions" => end_sessions(&desk, number).await?,
        "forget-failures" => forget_failures(&desk, number).await?,
        "forget-factor" => forget_factor(&desk, number, &form).await?,
        "password" => return new_password(&desk, number, &form).await,
        _ => return Err(desk.trouble(Cause::Unknown)),
    }
    Ok(lead_to(&format!("/accounts/{number}?done")))
}

async fn set_locked(desk: &Desk, number: AccountNumber, locked: bool) -> Result<(), Trouble> {
    let done = desk.accounts().set_locked(&desk.realm(), desk.authority(), number, locked, desk.origin.clone()).await;
    done.map_err(|error| desk.refused(error))
}

async fn rename(desk: &Desk, number: AccountNumber, name: String) -> Result<(), Trouble> {
    if name.trim().is_empty() {
        return Err(desk.trouble(Cause::Unusable));
    }
    let done = desk.accounts().rename(&desk.realm(), desk.authority(), number, name, desk.origin.clone()).await;
    done.map_err(|error| desk.refused(error))
}

async fn set_email(desk: &Desk, number: AccountNumber, form: &ActForm) -> Result<(), Trouble> {
    desk.check_password(&form.password).await?;
    let address = Some(form.value.trim().to_owned()).filter(|address| !address.is_empty());
    // It becomes a mail's header.
    let is_unusable = |address: &String| {
        !address.contains('@') || address.contains(|letter: char| letter.is_control() || letter.is_whitespace())
    };
    if address.as_ref().is_some_and(is_unusable) {
        return Err(desk.trouble(Cause::Unusable));
    }
    let (realm, origin) = (desk.realm(), desk.origin.clone());
    let done = desk.accounts().set_email(&realm, desk.authority(), number, address, true, origin).await;
    done.map_err(|error| desk.refused(error))
}

async fn set_role(desk: &Desk, number: AccountNumber, form: &ActForm) -> Result<(), Trouble> {
    desk.check_password(&form.password).await?;
    let role = ROLES.into_iter().find(|(_, value)| *value == form.value).map(|(role, _)| role);
    let role = role.ok_or(desk.trouble(Cause::Unusable))?;
    let done = desk.accounts().set_role(&desk.realm(), desk.authority(), number, role, desk.origin.clone()).await;
    done.map_err(|error| desk.refused(error))
}

async fn end_sessions(desk: &Desk, number: AccountNumber) -> Result<(), Trouble> {
    let (realm, origin) = (desk.realm(), desk.origin.clone());
    let done = desk.accounts().end_sessions_of(&realm, desk.authority(), number, origin).await;
    done.map_err(|error| desk.refused(error))
}

async fn forget_failures(desk: &Desk, number: AccountNumber) -> Result<(), Trouble> {
    let (realm, origin) = (desk.realm(), desk.origin.clone());
    let done = desk.accounts().forget_failures(&realm, desk.authority(), number, origin).await;
    done.map_err(|error| desk.refused(error))
}

async fn forget_factor(desk: &Desk, number: AccountNumber, form: &ActForm) -> Result<(), Trouble> {
    desk.check_password(&form.password).await?;
    let (realm, origin) = (desk.realm(), desk.origin.clone());
    let done = desk.accounts().forget_second_factor(&realm, desk.authority(), number, origin).await;
    done.map_err(|error| desk.refused(error))
}

async fn new_password(desk: &Desk, number: AccountNumber, form: &ActForm) -> Result<HttpResponse, Trouble> {
    desk.check_password(&form.password).await?;
    let password = desk.accounts().randomness().text(LETTERS, LENGTH);
    let change = PasswordChange {
        account: number,
        proof: PasswordProof::Authority(desk.authority()),
        new: Secret::from(password.as_str()),
        own_sessions: OwnSessions::End,
        origin: desk.origin.clone(),
    };
    let done = desk.accounts().change_password(&desk.realm(), change).await;
    done.map_err(|error| desk.refused(error))?;
    Ok(show(&PasswordPage { texts: desk.texts, number: number.0, password }))
}
