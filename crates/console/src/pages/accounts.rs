//! Accounts of all scopes, page by page, and found by name, address or number.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Query, ServiceConfig},
};
use askama::Template;
use dragoman_accounts::{AccountNumber, SearchPage, Summary, SummaryPage};
use serde::Deserialize;

use super::Frame;
use crate::{
    desk::Desk,
    page::show,
    shown::{date_or_none, role},
    texts::Texts,
    trouble::Trouble,
};

/// Accounts of a page.
const PAGE: usize = 50;

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    search: String,
    /// The number, or the place of a search, that the page begins after.
    #[serde(default)]
    after: String,
}

struct Line {
    number: i64,
    name: String,
    scopes: String,
    email: String,
    role: &'static str,
    locked: bool,
    created: String,
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    frame: Frame,
    texts: &'static Texts,
    search: String,
    is_first: bool,
    lines: Vec<Line>,
    next: Option<String>,
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(web::resource("/accounts").route(web::get().to(list)));
}

async fn list(desk: Desk, request: HttpRequest, Query(wanted): Query<Wanted>) -> Result<HttpResponse, Trouble> {
    let (search, after) = (wanted.search.trim(), wanted.after.as_str());
    let refused = |error| desk.refused(error);
    let (found, next) = match search {
        "" => {
            let after = AccountNumber(after.parse().unwrap_or(0));
            let SummaryPage { accounts, next } = desk.accounts().summaries_after(after, PAGE).await.map_err(refused)?;
            (accounts, next.map(|number| number.0.to_string()))
        }
        text => {
            let found = desk.accounts().search(text, after.parse().ok(), PAGE).await;
            let SearchPage { accounts, next } = found.map_err(refused)?;
            (accounts, next.map(|place| place.to_string()))
        }
    };
    Ok(show(&AccountsPage {
        frame: Frame::of(&desk, &request),
        texts: desk.texts,
        search: search.to_owned(),
        is_first: after.is_empty(),
        lines: found.iter().map(|summary| line(summary, desk.texts)).collect(),
        next,
    }))
}

fn line(summary: &Summary, texts: &'static Texts) -> Line {
    let account = &summary.account;
    let mut scopes: Vec<&str> = summary.identities.iter().map(|held| held.scope.as_str()).collect();
    scopes.dedup();
    let scopes = scopes.into_iter().map(|scope| if scope.is_empty() { texts.everywhere } else { scope });
    Line {
        number: account.number.0,
        name: summary.name().unwrap_or("-").to_owned(),
        scopes: scopes.collect::<Vec<_>>().join(", "),
        email: account.email.clone().unwrap_or_default(),
        role: role(account.role, texts),
        locked: account.locked,
        created: date_or_none(account.created_at),
    }
}
