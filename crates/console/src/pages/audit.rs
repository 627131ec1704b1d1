//! What happened, by whom, from where; and whether the chain over it is whole.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Form, Query, ServiceConfig},
};
use askama::Template;
use dragoman_accounts::{AccountError, AuditFilter, AuditProof, AuditState, TrailRecord};
use serde::Deserialize;

use super::Frame;
use crate::{
    days::{begin_of, end_of},
    desk::Desk,
    page::show,
    shown::date,
    texts::Texts,
    trouble::{Cause, Trouble},
};

/// Records of a page.
const PAGE: i64 = 50;

/// What is looked for, as it was typed: a link to the next page says it again.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    account: String,
    actor: String,
    action: String,
    since: String,
    until: String,
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    texts: &'static Texts,
    wanted: Wanted,
    is_first: bool,
    state: Vec<(&'static str, String)>,
    proof: Option<AuditProof>,
    records: Vec<Line>,
    next: Option<i64>,
}

struct Line {
    at: String,
    action: String,
    account: Option<i64>,
    actor: Option<i64>,
    through: String,
    from: String,
    detail: String,
}

#[derive(Deserialize)]
struct VerifyForm {
    form: String,
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/audit").route(web::get().to(list)))
        .service(web::resource("/audit/verify").route(web::post().to(verify)));
}

async fn list(desk: Desk, request: HttpRequest, Query(wanted): Query<Wanted>) -> Result<HttpResponse, Trouble> {
    Ok(show(&page(&desk, &request, wanted, None).await?))
}

/// Reads all of it, which may take long: one at a time.
async fn verify(desk: Desk, request: HttpRequest, Form(form): Form<VerifyForm>) -> Result<HttpResponse, Trouble> {
    desk.check_form(&form.form)?;
    let Ok(_held) = desk.house.verifying.try_lock() else { return Err(desk.refused(AccountError::Busy)) };
    let refused = |error| desk.refused(error);
    desk.accounts().seal_audit().await.map_err(refused)?;
    let proof = desk.accounts().verify_audit(None).await.map_err(refused)?;
    Ok(show(&page(&desk, &request, Wanted::default(), Some(proof)).await?))
}

async fn page(
    desk: &Desk,
    request: &HttpRequest,
    wanted: Wanted,
    proof: Option<AuditProof>,
) -> Result<AuditPage, Trouble> {
    let refused = |error| desk.refused(error);
    let filter = wanted.filter(desk).await?;
    let found = desk.accounts().newest_audit(filter, wanted.before, PAGE).await.map_err(refused)?;
    let is_full = i64::try_from(found.len()).is_ok_and(|length| length == PAGE);
    Ok(AuditPage {
        frame: Frame::of(desk, request),
        texts: desk.texts,
        state: state(&desk.accounts().audit_state().await.map_err(refused)?, desk.texts),
        next: found.last().filter(|_| is_full).map(|last| last.id),
        records: found.into_iter().map(line).collect(),
        is_first: wanted.before.is_none(),
        wanted,
        proof,
    })
}

impl Wanted {
    async fn filter(&self, desk: &Desk) -> Result<AuditFilter, Trouble> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let day = |text: &str, of: fn(&str) -> Option<_>| match text.trim() {
            "" => Ok(None),
            day => of(day).map(Some).ok_or_else(|| desk.trouble(Cause::Unusable)),
        };
        Ok(AuditFilter {
            account: number_of(desk, self.account.trim()).await?,
            actor: number_of(desk, self.actor.trim()).await?,
            action: text(&self.action),
            since: day(&self.since, begin_of)?,
            until: day(&self.until, end_of)?,
        })
    }
}

/// A number, also of an account that is gone, or a name or address that counts everywhere.
async fn number_of(desk: &Desk, text: &str) -> Result<Option<i64>, Trouble> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(number) = text.parse() {
        return Ok(Some(number));
    }
    let (accounts, realm) = (desk.accounts(), desk.realm());
    let refused = |error| desk.refused(error);
    let found = match accounts.find_by_name(&realm, text, "").await.map_err(refused)? {
        Some(member) => Some(member),
        None => accounts.find_by_email(&realm, text, "").await.map_err(refused)?,
    };
    found.map(|member| Some(member.account.number.0)).ok_or_else(|| desk.trouble(Cause::Unknown))
}

fn state(state: &AuditState, texts: &Texts) -> Vec<(&'static str, String)> {
    let (anchor, sealed_at) = match &state.newest {
        Some((anchor, sealed_at)) => (anchor.to_string(), date(*sealed_at)),
        None => ("-".to_owned(), "-".to_owned()),
    };
    let mut facts = vec![
        (texts.newest_seal, sealed_at),
        (texts.unsealed_records, state.unsealed.to_string()),
        (texts.anchor, anchor),
    ];
    if let Some(seal) = state.pruned {
        facts.push((texts.pruned_seals, seal.to_string()));
    }
    facts
}

fn line(record: TrailRecord) -> Line {
    Line {
        at: date(record.at),
        action: record.action,
        account: record.account.map(|account| account.0),
        actor: record.actor.map(|actor| actor.0),
        through: record.dialect,
        from: record.network.unwrap_or_default(),
        detail: record.detail.unwrap_or_default(),
    }
}
