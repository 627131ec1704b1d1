//! Mails that were given up, and sending them again.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Form, Path, ServiceConfig},
};
use askama::Template;
use serde::Deserialize;

use super::Frame;
use crate::{
    desk::Desk,
    page::{lead_to, show},
    shown::date,
    texts::Texts,
    trouble::{Cause, Trouble},
};

#[derive(Template)]
#[template(path = "mails.html")]
struct MailsPage {
    frame: Frame,
    texts: &'static Texts,
    lines: Vec<Line>,
}

struct Line {
    id: String,
    recipient: String,
    subject: String,
    attempts: i32,
    given_up: String,
    reason: String,
}

#[derive(Deserialize)]
struct ReviveForm {
    form: String,
}

/// Dead mails that are shown, the latest.
const SHOWN: usize = 200;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/mails").route(web::get().to(mails)))
        .service(web::resource("/mails/{id}/revive").route(web::post().to(revive)));
}

async fn mails(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Trouble> {
    let dead = desk.accounts().dead_mails(SHOWN).await.map_err(|error| desk.refused(error))?;
    let line = |mail: dragoman_accounts::DeadMail| Line {
        id: mail.id,
        recipient: mail.recipient,
        subject: mail.subject,
        attempts: mail.attempts,
        given_up: date(mail.died_at),
        reason: mail.reason,
    };
    let lines = dead.into_iter().map(line).collect();
    Ok(show(&MailsPage { frame: Frame::of(&desk, &request), texts: desk.texts, lines }))
}

async fn revive(desk: Desk, id: Path<String>, Form(form): Form<ReviveForm>) -> Result<HttpResponse, Trouble> {
    desk.check_form(&form.form)?;
    let revived = desk.accounts().revive_mail_as(desk.operator.account.number, &id, desk.origin.clone()).await;
    match revived.map_err(|error| desk.refused(error))? {
        true => Ok(lead_to("/mails?done")),
        false => Err(desk.trouble(Cause::Unknown)),
    }
}
