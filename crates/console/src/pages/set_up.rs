//! The second factor is set up: a picture for the authenticator, a first code, and recovery codes that are shown once.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Form, ServiceConfig},
};
use askama::Template;
use dragoman_accounts::AccountError;
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Deserialize;

use super::entrance::whole_session;
use crate::{
    desk::{Desk, SET_UP},
    page::{render, show},
    texts::Texts,
    tokens,
    trouble::Trouble,
};

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage {
    texts: &'static Texts,
    form_token: String,
    secret: String,
    squares: String,
    size: i32,
    failed: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "recovery.html")]
struct RecoveryPage {
    texts: &'static Texts,
    codes: Vec<String>,
}

#[derive(Deserialize)]
struct ConfirmForm {
    form: String,
    code: String,
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(web::resource("/set-up").route(web::get().to(offer)).route(web::post().to(confirm)));
}

async fn offer(request: HttpRequest) -> Result<HttpResponse, Trouble> {
    let desk = Desk::of(&request, SET_UP).await?;
    Ok(show(&page(&desk, None).await?))
}

async fn confirm(request: HttpRequest, Form(form): Form<ConfirmForm>) -> Result<HttpResponse, Trouble> {
    let desk = Desk::of(&request, SET_UP).await?;
    desk.check_form(&form.form)?;
    let token = tokens::fresh(desk.accounts().randomness());
    let session = whole_session(&desk.house, &token, Some(desk.token().to_owned()));
    let number = desk.operator.account.number;
    let confirmed =
        desk.accounts().confirm_second_factor(&desk.realm(), number, form.code, session, desk.origin.clone()).await;
    match confirmed {
        Ok(codes) => {
            let mut answer =
                show(&RecoveryPage { texts: desk.texts, codes: codes.iter().map(|code| grouped(code)).collect() });
            let _ = answer.add_cookie(&tokens::cookie(tokens::SESSION, token, desk.house.is_secure));
            Ok(answer)
        }
        Err(AccountError::WrongAnswer) => {
            Ok(render(StatusCode::FORBIDDEN, &page(&desk, Some(desk.texts.wrong_password)).await?))
        }
        Err(error) => Err(desk.refused(error)),
    }
}

async fn page(desk: &Desk, failed: Option<&'static str>) -> Result<SetUpPage, Trouble> {
    let begun = desk.accounts().begin_second_factor(desk.operator.account.number).await;
    let secret = begun.map_err(|error| desk.refused(error))?;
    let (squares, size) = picture(&desk.operator.username, &secret);
    Ok(SetUpPage {
        texts: desk.texts,
        form_token: desk.form_token.clone(),
        secret: grouped(&secret),
        squares,
        size,
        failed,
    })
}

/// The path of the dark squares, and how wide the picture is. A name too long for a picture has none: the secret can be typed.
fn picture(name: &str, secret: &str) -> (String, i32) {
    let name: String = name.bytes().map(escaped).collect();
    let address = format!("otpauth://totp/dragoman:{name}?secret={secret}&issuer=dragoman");
    let Ok(code) = QrCode::encode_text(&address, QrCodeEcc::Medium) else { return (String::new(), 0) };
    let places = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    let dark = places.filter(|(x, y)| code.get_module(*x, *y));
    (dark.map(|(x, y)| format!("M{x} {y}h1v1h-1z")).collect(), code.size())
}

fn escaped(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

/// In groups of four, to be typed.
fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_made_of_any_name() {
        let (squares, size) = picture("ann 王", "GEZDGNBVGY3TQOJQ");
        assert!(size > 20 && squares.starts_with("M0 0h1v1h-1z"), "{squares}");
        assert_eq!(picture(&"x".repeat(5_000), "GEZD"), (String::new(), 0));
        assert_eq!(grouped("ABCDEFGHIJKL"), "ABCD EFGH IJKL");
    }
}
