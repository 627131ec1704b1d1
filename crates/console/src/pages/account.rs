//! One account with all that is kept of it, and what can be done about it.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Path, ServiceConfig},
};
use askama::Template;
use dragoman_accounts::{AccountNumber, AuditRecord, Dossier, Role, SecondFactor};
use dragoman_passwords::AtRest;

use super::Frame;
use crate::{
    desk::Desk,
    page::show,
    shown::{date, date_or_none, kind, role},
    texts::Texts,
    trouble::{Cause, Trouble},
};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    texts: &'static Texts,
    number: i64,
    name: String,
    locked: bool,
    facts: Vec<(&'static str, String)>,
    roles: Vec<(&'static str, &'static str, bool)>,
    has_factor: bool,
    has_failures: bool,
    identities: Vec<[String; 4]>,
    views: Vec<[String; 3]>,
    sessions: Vec<[String; 5]>,
    session_count: usize,
    failures: Vec<(i64, String)>,
    history: Vec<[String; 5]>,
}

/// Records of the history that are shown.
const HISTORY: usize = 100;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(web::resource("/accounts/{number}").route(web::get().to(account)));
}

async fn account(desk: Desk, request: HttpRequest, number: Path<String>) -> Result<HttpResponse, Trouble> {
    let number = number_of(&desk, &number)?;
    let dossier = desk.accounts().dossier(number).await.map_err(|error| desk.refused(error))?;
    let dossier = dossier.ok_or(desk.trouble(Cause::Unknown))?;
    let history = desk.accounts().audit_of(number).await.map_err(|error| desk.refused(error))?;
    Ok(show(&page(Frame::of(&desk, &request), desk.texts, dossier, &history)))
}

/// The account that a path means.
pub(crate) fn number_of(desk: &Desk, text: &str) -> Result<AccountNumber, Trouble> {
    text.parse().map(AccountNumber).map_err(|_| desk.trouble(Cause::Unknown))
}

/// The roles as forms name them.
pub(crate) const ROLES: [(Role, &str); 3] =
    [(Role::User, "user"), (Role::Administrator, "administrator"), (Role::SuperAdministrator, "super-administrator")];

fn page(frame: Frame, texts: &'static Texts, dossier: Dossier, history: &[AuditRecord]) -> AccountPage {
    let account = &dossier.summary.account;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let has_factor = dossier.second_factor == SecondFactor::Confirmed;
    let mut facts = vec![
        (texts.state, if account.locked { texts.locked } else { texts.open }.to_owned()),
        (texts.role, role(account.role, texts).to_owned()),
        (texts.shown_email, text(&account.email)),
        (texts.display_name, text(&account.display_name)),
        (texts.created, date_or_none(account.created_at)),
        (texts.last_login, date_or_none(dossier.last_login_at)),
    ];
    if account.role == Role::SuperAdministrator {
        facts.push((texts.second_factor, if has_factor { texts.set } else { texts.none }.to_owned()));
    }
    AccountPage {
        number: account.number.0,
        name: dossier.summary.name().unwrap_or("-").to_owned(),
        locked: account.locked,
        facts,
        roles: ROLES.map(|(known, value)| (value, role(known, texts), known == account.role)).into(),
        has_factor,
        has_failures: !dossier.failures.is_empty(),
        identities: identities(&dossier, texts),
        views: views(&dossier, texts),
        sessions: sessions(&dossier, texts),
        session_count: dossier.session_count,
        failures: dossier.failures.iter().map(|(number, end)| (*number, date(*end))).collect(),
        history: history.iter().take(HISTORY).map(record).collect(),
        frame,
        texts,
    }
}

fn scope(scope: &str, texts: &Texts) -> String {
    if scope.is_empty() { texts.everywhere } else { scope }.to_owned()
}

fn identities(dossier: &Dossier, texts: &Texts) -> Vec<[String; 4]> {
    let row = |held: &dragoman_accounts::HeldIdentity| {
        let proof = match held.kind {
            dragoman_accounts::IdentityKind::Email if held.verified => texts.proven,
            dragoman_accounts::IdentityKind::Email => texts.unproven,
            dragoman_accounts::IdentityKind::Username | dragoman_accounts::IdentityKind::ExternalId => "",
        };
        [kind(held, texts).to_owned(), held.value.clone(), scope(&held.scope, texts), proof.to_owned()]
    };
    dossier.summary.identities.iter().map(row).collect()
}

fn views(dossier: &Dossier, texts: &Texts) -> Vec<[String; 3]> {
    let row = |held: &dragoman_accounts::HeldView| {
        [held.view.clone(), rest(held.at_rest, texts).to_owned(), date(held.changed_at)]
    };
    dossier.views.iter().map(row).collect()
}

/// How a verifier rests, in words.
pub(crate) fn rest(rest: Option<AtRest>, texts: &Texts) -> &'static str {
    match rest {
        Some(AtRest::Native) => texts.native,
        Some(AtRest::Foreign) => texts.foreign,
        Some(AtRest::Wrapped) => texts.wrapped,
        Some(AtRest::Sealed) => texts.sealed,
        Some(AtRest::Bare) => texts.bare,
        None => texts.unknown,
    }
}

fn sessions(dossier: &Dossier, texts: &Texts) -> Vec<[String; 5]> {
    let row = |held: &dragoman_accounts::HeldSession| {
        [
            held.dialect.clone(),
            scope(&held.scope, texts),
            held.purpose.clone(),
            date(held.begun_at),
            date_or_none(held.expires_at),
        ]
    };
    dossier.sessions.iter().map(row).collect()
}

fn record(record: &AuditRecord) -> [String; 5] {
    [
        date(record.at),
        record.action.clone(),
        record.actor.map(|actor| actor.to_string()).unwrap_or_default(),
        record.dialect.clone(),
        record.network.clone().unwrap_or_default(),
    ]
}
