//! Endpoints 4, 18 and 19: the slider, and the code that it entitles to.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    web::{self, Data},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use dragoman_accounts::Origin;
use dragoman_dialect::captcha::draw_slider;

use crate::{
    Mount,
    auth::{Unsigned, origin},
    bind::Query,
    error::Refusal,
    mail::code_mail,
    rules::{CODE, check_email},
    shape::{Answer, OK},
    states::SLIDER,
    wire::{CodeRequest, SliderAnswer, SliderCaptcha, SliderData},
};

/// Where the hole may be: 20 to 239 from the left, 20 to 89 from the top.
const NEAREST: u32 = 20;
const COLUMNS: u64 = 220;
const ROWS: u64 = 70;

/// POST /user/code/email
pub async fn send_code(mount: Data<Mount>, request: Unsigned<CodeRequest>) -> Result<Answer<()>, Refusal> {
    let Unsigned { body: CodeRequest { email }, origin } = request;
    check_email(&email)?;
    let ticket = mount.take_ticket(&email, &origin).await?.ok_or(Refusal::CAPTCHA_NEEDED)?;
    let sent = mount.mail_code(&email, &origin).await;
    if sent.is_err() {
        mount.give_back(ticket).await?;
    }
    sent.map(|()| OK)
}

impl Mount {
    /// Mails a code to an address as it is stored, not as it was typed (one-domain.md E9 †).
    async fn mail_code(&self, email: &str, origin: &Origin) -> Result<(), Refusal> {
        if self.code_from_there(email, origin).await? {
            return Ok(());
        }
        let settings = self.settings.get();
        let addressee = self.addressee(email).await?;
        let wait = Duration::from_secs(settings.mail_wait_seconds);
        let admitted = self.mailer.admit(&addressee.address, origin, wait).await?;
        let code = self.accounts.randomness().text(b"0123456789", CODE);
        // The code is stored after the mail was taken: a refused one leaves an older code as it is.
        self.mailer.send(admitted, code_mail(&addressee.address, &settings.mail_sender_name, &code)).await?;
        self.put_code(addressee, code).await
    }
}

/// GET /captcha/get
pub async fn slider(mount: Data<Mount>, request: HttpRequest) -> Result<Answer<SliderData>, Refusal> {
    let email = Query::of(&request).email(&["email"]);
    check_email(&email)?;
    let origin = origin(&request);
    if !mount.may_begin(SLIDER, &origin).await? {
        return Err(Refusal::BUSY);
    }
    if let Some(slider_captcha) = mount.slider_from_there(&email, &origin).await? {
        if !mount.put_old_slider(&email, &origin).await? {
            return Err(Refusal::BUSY);
        }
        return Ok(Answer(SliderData { slider_captcha }));
    }
    let accounts = mount.accounts.clone();
    let within = |bound| NEAREST + u32::try_from(accounts.randomness().below(bound)).unwrap_or(0);
    let (x, y) = (within(COLUMNS), within(ROWS));
    let drawn = web::block(move || draw_slider(x, y, accounts.randomness())).await;
    let Ok(Ok(pictures)) = drawn else {
        tracing::error!("no slider could be drawn");
        return Err(Refusal::FAULT);
    };
    if !mount.put_slider(&email, x, &origin).await? {
        return Err(Refusal::BUSY);
    }
    let slider_img = STANDARD.encode(pictures.piece_jpeg);
    let bg_img = STANDARD.encode(pictures.background_jpeg);
    Ok(Answer(SliderData { slider_captcha: SliderCaptcha { slider_img, bg_img, y } }))
}

/// POST /captcha/validate
pub async fn validate(mount: Data<Mount>, request: Unsigned<SliderAnswer>) -> Result<Answer<()>, Refusal> {
    let Unsigned { body: SliderAnswer { email, x }, origin } = request;
    if !mount.take_old_slider(&email, &origin).await? {
        mount.solve_slider(&email, x, &origin).await?;
        return Ok(OK);
    }
    if !mount.solves_there(&email, x).await? {
        return Err(Refusal::WRONG_SLIDER);
    }
    mount.pass(&email, &origin).await?;
    Ok(OK)
}
