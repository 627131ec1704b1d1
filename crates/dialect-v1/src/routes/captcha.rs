//! Endpoints 4, 18 and 19: the slider, and the code that it entitles to.

use actix_web::{
    HttpRequest,
    web::{self, Data},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use dragoman_dialect::{captcha::draw_slider, mail::MailError};

use crate::{
    Mount,
    auth::{Unsigned, origin},
    bind::Query,
    error::{Doing, Refusal},
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
    let email = request.body.email;
    check_email(&email)?;
    let ticket = mount.take_ticket(&email).await?.ok_or(Refusal::CAPTCHA_NEEDED)?;
    let code = mount.accounts.randomness().text(b"0123456789", CODE);
    let mail = code_mail(&email, &mount.settings.get().mail_sender_name, &code);
    // The code is stored after the mail was taken: a refused one leaves an older code as it is.
    if let Err(error) = mount.mailer.send(mail).await {
        mount.give_back(ticket).await?;
        return Err(match error {
            MailError::Refused => Refusal::MAIL_REFUSED,
            MailError::Accounts(error) => Refusal::of(Doing::Read, error),
        });
    }
    mount.put_code(&email, code).await?;
    Ok(OK)
}

/// GET /captcha/get
pub async fn slider(mount: Data<Mount>, request: HttpRequest) -> Result<Answer<SliderData>, Refusal> {
    let email = Query::of(&request).email(&["email"]);
    check_email(&email)?;
    if !mount.may_begin(SLIDER, &origin(&request)).await? {
        return Err(Refusal::BUSY);
    }
    let accounts = mount.accounts.clone();
    let within = |bound| NEAREST + u32::try_from(accounts.randomness().below(bound)).unwrap_or(0);
    let (x, y) = (within(COLUMNS), within(ROWS));
    let drawn = web::block(move || draw_slider(x, y, accounts.randomness())).await;
    let Ok(Ok(pictures)) = drawn else {
        tracing::error!("no slider could be drawn");
        return Err(Refusal::FAULT);
    };
    mount.put_slider(&email, x).await?;
    let slider_img = STANDARD.encode(pictures.piece_jpeg);
    let bg_img = STANDARD.encode(pictures.background_jpeg);
    Ok(Answer(SliderData { slider_captcha: SliderCaptcha { slider_img, bg_img, y } }))
}

/// POST /captcha/validate
pub async fn validate(mount: Data<Mount>, request: Unsigned<SliderAnswer>) -> Result<Answer<()>, Refusal> {
    let SliderAnswer { email, x } = request.body;
    mount.solve_slider(&email, x).await?;
    Ok(OK)
}
