//! The old servers that still live behind mounts: whom they still decide about, and whether they answer.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, ServiceConfig},
};
use askama::Template;
use dragoman_accounts::TakeoverDay;

use super::Frame;
use crate::{Contact, OldServer, desk::Desk, page::show, texts::Texts, trouble::Trouble};

#[derive(Template)]
#[template(path = "old_servers.html")]
struct OldServersPage {
    frame: Frame,
    texts: &'static Texts,
    servers: Vec<Server>,
    waiting: i64,
}

struct Server {
    mount: String,
    facts: Vec<(&'static str, String)>,
    is_left_alone: bool,
    days: Vec<TakeoverDay>,
}

/// Days that are shown, the latest.
const DAYS: usize = 30;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(web::resource("/old-servers").route(web::get().to(old_servers)));
}

async fn old_servers(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Trouble> {
    let mut servers = Vec::new();
    for old in &desk.house.old_servers {
        servers.push(server(&desk, old).await?);
    }
    let waiting = match servers.is_empty() {
        true => 0,
        false => desk.accounts().count_without_password().await.map_err(|error| desk.refused(error))?,
    };
    Ok(show(&OldServersPage { frame: Frame::of(&desk, &request), texts: desk.texts, servers, waiting }))
}

async fn server(desk: &Desk, old: &OldServer) -> Result<Server, Trouble> {
    let (accounts, texts) = (desk.accounts(), desk.texts);
    let refused = |error| desk.refused(error);
    let days = accounts.takeover_days(&old.realm).await.map_err(refused)?;
    let is_over = accounts.is_taken_over(&old.realm).await.map_err(refused)?;
    let sum = |of: fn(&TakeoverDay) -> i64| days.iter().map(of).sum::<i64>().to_string();
    let contact = (old.contact)();
    Ok(Server {
        mount: old.mount.clone(),
        facts: vec![
            (texts.dialect, old.realm.dialect.to_owned()),
            (texts.scope, old.realm.scope.to_string()),
            (texts.host, old.host.clone()),
            (texts.mode, old.mode.to_owned()),
            (texts.who_decides, if is_over { texts.gateway_decides } else { texts.old_decides }.to_owned()),
            (texts.contact, told(contact, texts).to_owned()),
            (texts.taken_over, sum(|day| day.created)),
            (texts.completed, sum(|day| day.completed)),
            (texts.refused_logins, sum(|day| day.refused)),
        ],
        is_left_alone: contact != Contact::Asked,
        days: days.into_iter().rev().take(DAYS).collect(),
    })
}

fn told(contact: Contact, texts: &Texts) -> &'static str {
    match contact {
        Contact::Asked => texts.contact_asked,
        Contact::LeftAlone => texts.contact_left_alone,
        Contact::OnTrial => texts.contact_on_trial,
    }
}
