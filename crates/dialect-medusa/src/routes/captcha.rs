//! Section 2.1: captchas.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, http::header, web::Data};
use dragoman_accounts::{AccountError, Allowance, Challenge};
use dragoman_dialect::captcha::draw;

use crate::{
    Mount,
    auth::origin,
    captcha::{CAPTCHA_POLICY, CAPTCHAS, SHOWN},
    error::{Endpoint, Refusal},
    member::{new_captcha_text, new_handle},
    upstream::RelayedCaptcha,
};

/// Width and height in pixels.
const SIZE: (u32, u32) = (160, 60);
const KEY: &str = "VerificationCodeKey";

const MINUTE: Duration = Duration::from_secs(60);

impl Mount {
    /// one-domain.md P7: each captcha is a picture and a row that an anonymous client makes.
    async fn allow_captcha(&self, request: &HttpRequest) -> Result<(), Refusal> {
        let limit = self.settings.get().captchas_per_minute;
        if limit == 0 {
            return Ok(());
        }
        let allowances = Allowance::of_network(CAPTCHAS, &origin(request), limit.into(), MINUTE);
        match self.accounts.use_allowances(&self.realm, &allowances).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refusal::of(Endpoint::Captcha, AccountError::Throttled)),
            Err(error) => Err(Refusal::of(Endpoint::Captcha, error)),
        }
    }
}

/// GET get_verification_code
pub async fn issue(mount: Data<Mount>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    mount.allow_captcha(&request).await?;
    let relayed = mount.captcha_from_there().await.map_err(|error| Refusal::of(Endpoint::Captcha, error))?;
    if let Some(RelayedCaptcha { key, shown, picture }) = relayed {
        let mut answer = with_key(key);
        if let Some(shown) = shown {
            answer.insert_header((SHOWN, shown));
        }
        return Ok(answer.body(picture));
    }
    let randomness = mount.accounts.randomness();
    let (key, text) = (new_handle(randomness), new_captcha_text(randomness));
    let picture = draw(&text, SIZE, randomness).map_err(|error| {
        tracing::error!(%error, "a captcha was not drawn");
        Endpoint::Captcha.failure()
    })?;
    let challenge = Challenge {
        purpose: CAPTCHAS,
        handle: key.clone(),
        answer: text.clone(),
        account: None,
        policy: CAPTCHA_POLICY,
    };
    let issued = mount.accounts.issue_secret(&mount.realm, challenge).await;
    issued.map_err(|error| Refusal::of(Endpoint::Captcha, error))?;
    let mut answer = with_key(key);
    if mount.reveals {
        answer.insert_header((SHOWN, text));
    }
    Ok(answer.body(picture))
}

fn with_key(key: String) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    // Sic: not image/png (section 2.1).
    answer.content_type("text/html; charset=utf-8");
    answer.insert_header((KEY, key)).insert_header((header::ACCESS_CONTROL_EXPOSE_HEADERS, KEY));
    answer
}
