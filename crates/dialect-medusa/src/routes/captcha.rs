//! Section 2.1: captchas.

use actix_web::{HttpResponse, http::header, web::Data};
use dragoman_accounts::Challenge;
use dragoman_dialect::captcha::draw;

use crate::{
    Mount,
    auth::{CAPTCHA_POLICY, CAPTCHAS},
    error::{Endpoint, Refusal},
    member::{new_captcha_text, new_handle},
};

/// Width and height in pixels.
const SIZE: (u32, u32) = (160, 60);
const KEY: &str = "VerificationCodeKey";

/// GET get_verification_code
pub async fn issue(mount: Data<Mount>) -> Result<HttpResponse, Refusal> {
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
    let issued = mount.accounts.issue_challenge(&mount.realm, challenge).await;
    issued.map_err(|error| Refusal::of(Endpoint::Captcha, error))?;
    let mut answer = HttpResponse::Ok();
    // Sic: not image/png (section 2.1).
    answer.content_type("text/html; charset=utf-8");
    answer.insert_header((KEY, key)).insert_header((header::ACCESS_CONTROL_EXPOSE_HEADERS, KEY));
    if mount.testing {
        answer.insert_header(("X-Dragoman-Captcha-Answer", text));
    }
    Ok(answer.body(picture))
}
