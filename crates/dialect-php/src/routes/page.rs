//! What a page with a login or registration form needs and sends back (8.1, 8.2, section 4 rows 2 to 9).

use actix_web::{HttpRequest, HttpResponse, web::Data};
use dragoman_accounts::AccountError;
use dragoman_dialect::captcha::draw;

use crate::{
    Mount,
    auth::LiveSession,
    error::{Endpoint, Refusal},
    form::Form,
    settings::Settings,
    shape::with_cookie,
    wire::LoginToken,
};

/// Width and height of a captcha.
const PICTURE: (u32, u32) = (100, 36);

fn refuse(error: AccountError) -> Refusal {
    Refusal::of(Endpoint::Plain, error)
}

/// login-token.php
pub async fn login_token(mount: Data<Mount>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let visit = mount.visit(&request).await.map_err(refuse)?;
    let login_token = mount.issue_login_token(&visit.id).await.map_err(refuse)?;
    Ok(with_cookie(mount.answer(&LoginToken { login_token }), visit.cookie))
}

/// captcha.php
pub async fn captcha(mount: Data<Mount>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let visit = mount.visit(&request).await.map_err(refuse)?;
    mount.allow_captcha(&request).await.map_err(refuse)?;
    let digits = mount.issue_captcha(&visit.id).await.map_err(refuse)?;
    let picture = draw(&digits, PICTURE, mount.accounts.randomness()).map_err(|error| {
        tracing::error!(%error, "a captcha cannot be drawn");
        refuse(AccountError::Internal)
    })?;
    let mut answer = HttpResponse::Ok();
    answer.content_type("image/png");
    if mount.reveals && mount.settings.get().reveal_answers {
        answer.insert_header(("X-Dragoman-Captcha-Answer", digits));
    }
    Ok(with_cookie(answer.body(picture), visit.cookie))
}

/// The fields that the login and the registration page send alike.
pub struct PageForm<'f> {
    pub username: &'f str,
    pub password: &'f str,
    captcha: &'f str,
    /// Absent only where none is required.
    login_token: Option<&'f str>,
}

impl<'f> PageForm<'f> {
    /// Login rows 2 to 5.
    pub fn read(form: &'f Form, settings: &Settings) -> Result<Self, Refusal> {
        Ok(Self {
            username: form.text("username").ok_or(Refusal::NO_USERNAME)?,
            password: form.text("password").ok_or(Refusal::NO_PASSWORD)?,
            captcha: form.text("captcha").ok_or(Refusal::NO_CAPTCHA)?,
            login_token: match settings.require_login_token {
                true => Some(form.text("login_token").ok_or(Refusal::NO_LOGIN_TOKEN)?),
                false => None,
            },
        })
    }
}

impl Mount {
    /// Login rows 7 to 9: this page's token and captcha. From row 9 on the captcha is spent.
    pub async fn check_page(
        &self,
        endpoint: Endpoint,
        session: Option<&LiveSession>,
        page: &PageForm<'_>,
    ) -> Result<(), Refusal> {
        let refuse = |error| Refusal::of(endpoint, error);
        if let Some(token) = page.login_token
            && !self.is_login_token(session, token).await.map_err(refuse)?
        {
            return Err(Refusal::STALE_LOGIN_TOKEN);
        }
        self.answer_captcha(session, page.captcha).await.map_err(refuse)
    }
}
