//! Section 9: an account of one's own.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use dragoman_accounts::{NewPassword, Registration, Role};
use dragoman_passwords::{Presented, Secret};

use crate::{
    Mount,
    auth::origin,
    error::{Endpoint, Refusal},
    form::Form,
    names,
    page_form::PageForm,
    password::{is_of_good_length, readings},
    settings::Settings,
    wire::Outcome,
};

/// POST register.php, row by row.
pub async fn register(mount: Data<Mount>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Refusal> {
    let refuse = |error| Refusal::of(Endpoint::Register, error);
    let form = Form::read(&request, payload).await.map_err(|_| Refusal::too_large(Endpoint::Register))?;
    let session = mount.session(&request).await.map_err(refuse)?;
    let settings = mount.settings.get();
    if !settings.allow_registration {
        return Err(Refusal::REGISTRATION_CLOSED);
    }
    let page = PageForm::read(&form, &settings)?;
    if !names::is_username(page.username) {
        return Err(Refusal::BAD_USERNAME);
    }
    let password = new_password(page.password, &settings)?;
    let captcha = mount.check_page(Endpoint::Register, session.as_ref(), &page).await?;
    // A nickname that breaks the rules is replaced by the username, which is what an account without one shows.
    let nickname = form.text("nickname").and_then(|nickname| names::nickname(nickname.as_bytes()).ok());
    mount.register_there(&page, nickname, &captcha).await?;
    let registration = Registration {
        username: page.username.to_owned(),
        password,
        role: Role::User,
        authority: None,
        display_name: nickname.map(str::to_owned),
        bio: None,
        email: None,
        facet: None,
        origin: origin(&request),
    };
    mount.accounts.register(&mount.realm, registration).await.map_err(refuse)?;
    if let Some(session) = session
        && let Err(error) = mount.spend_login_token(&session.id).await
    {
        // The account is made; the token dies with its life.
        tracing::warn!(%error, "a login token outlives its registration");
    }
    Ok(mount.answer(&Outcome::success("注册成功")))
}

/// Rows 8 and 9. What is both a digest and decodable is a digest. Where no digest logs in, none makes an account.
fn new_password(sent: &str, settings: &Settings) -> Result<NewPassword, Refusal> {
    let takes = |reading: &Presented| matches!(reading, Presented::Plain(_)) || !settings.digest_schemes.is_empty();
    match readings(sent).into_iter().flatten().find(takes) {
        None => Err(Refusal::PLAIN_PASSWORD),
        Some(Presented::Digest(digest)) => Ok(NewPassword::Digest(digest)),
        Some(Presented::Plain(plain)) => checked_length(plain, settings).map(NewPassword::Plain),
    }
}

fn checked_length(password: Secret, settings: &Settings) -> Result<Secret, Refusal> {
    if is_of_good_length(&password, settings.min_password, settings.max_password) {
        Ok(password)
    } else {
        Err(Refusal::bad_password_length(settings))
    }
}
