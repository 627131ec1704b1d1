//! What a page with a login or registration form needs and sends back (8.1, 8.2, section 4 rows 2 to 9).

use actix_web::{HttpRequest, HttpResponse, web::Data};
use dragoman_accounts::AccountError;
use dragoman_dialect::captcha::draw;

use crate::{
    Mount,
    auth::LiveSession,
    error::{Endpoint, Refusal},
    page_form::{PageForm, SHOWN},
    shape::with_cookie,
    upstream::{Captcha, RelayedCaptcha},
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
    if let Some(RelayedCaptcha { shown, picture }) = mount.captcha_from_there(&visit.id).await.map_err(refuse)? {
        let mut answer = HttpResponse::Ok();
        if let Some(shown) = shown.filter(|_| mount.settings.get().reveal_answers) {
            answer.insert_header((SHOWN, shown));
        }
        return Ok(with_cookie(answer.content_type("image/png").body(picture), visit.cookie));
    }
    mount.forget_old_page(&visit.id).await.map_err(refuse)?;
    let digits = mount.issue_captcha(&visit.id).await.map_err(refuse)?;
    let picture = draw(&digits, PICTURE, mount.accounts.randomness()).map_err(|error| {
        tracing::error!(%error, "a captcha cannot be drawn");
        refuse(AccountError::Internal)
    })?;
    let mut answer = HttpResponse::Ok();
    answer.content_type("image/png");
    if mount.reveals && mount.settings.get().reveal_answers {
        answer.insert_header((SHOWN, digits));
    }
    Ok(with_cookie(answer.body(picture), visit.cookie))
}

impl Mount {
    /// Login rows 7 to 9: this page's token and captcha. From row 9 on the captcha is spent; one of the old server is judged
    /// there, with the login.
    pub async fn check_page(
        &self,
        endpoint: Endpoint,
        session: Option<&LiveSession>,
        page: &PageForm<'_>,
    ) -> Result<Captcha, Refusal> {
        let refuse = |error| Refusal::of(endpoint, error);
        if let Some(token) = page.login_token
            && !self.is_login_token(session, token).await.map_err(refuse)?
        {
            return Err(Refusal::STALE_LOGIN_TOKEN);
        }
        if let Some(LiveSession { id, .. }) = session
            && let Some(page) = self.old_page(id).await.map_err(refuse)?
        {
            return Ok(Captcha::There { page, session: id.clone() });
        }
        self.answer_captcha(session, page.captcha).await.map_err(refuse)?;
        Ok(Captcha::Here)
    }
}
