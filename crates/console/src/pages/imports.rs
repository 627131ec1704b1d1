//! What was imported, and how passwords rest since.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, ServiceConfig},
};
use askama::Template;

use super::{Frame, account::rest};
use crate::{
    desk::Desk,
    page::show,
    shown::{date, date_or_none},
    texts::Texts,
    trouble::Trouble,
};

#[derive(Template)]
#[template(path = "imports.html")]
struct ImportsPage {
    frame: Frame,
    texts: &'static Texts,
    rests: Option<Vec<(&'static str, u64)>>,
    lines: Vec<Line>,
}

struct Line {
    id: String,
    dialect: String,
    scope: String,
    source: String,
    done: i64,
    total: i64,
    started: String,
    finished: String,
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(web::resource("/imports").route(web::get().to(imports)));
}

async fn imports(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Trouble> {
    let journals = desk.accounts().import_journals().await.map_err(|error| desk.refused(error))?;
    let rests = desk
        .house
        .metrics
        .rests()
        .map(|rests| rests.into_iter().map(|(known, number)| (rest(Some(known), desk.texts), number)).collect());
    let line = |journal: dragoman_accounts::ImportJournal| Line {
        id: journal.id,
        dialect: journal.dialect,
        scope: journal.scope,
        source: journal.source,
        done: journal.position,
        total: journal.total,
        started: date(journal.started_at),
        finished: date_or_none(journal.finished_at),
    };
    let lines = journals.into_iter().rev().map(line).collect();
    Ok(show(&ImportsPage { frame: Frame::of(&desk, &request), texts: desk.texts, rests, lines }))
}
