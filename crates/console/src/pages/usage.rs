//! Who still calls what, and since when a mount could be switched off.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, ServiceConfig},
};
use askama::Template;
use dragoman_accounts::{AccountError, clock::Timestamp};
use dragoman_usage::{Client, OTHER_ROUTE, RouteUse, Since, Use, day_of};

use super::Frame;
use crate::{MountFacts, desk::Desk, page::show, shown::date, texts::Texts, trouble::Trouble};

#[derive(Template)]
#[template(path = "usage.html")]
struct UsagePage {
    frame: Frame,
    texts: &'static Texts,
    is_counted: bool,
    began: Option<String>,
    mounts: Vec<MountUse>,
}

struct MountUse {
    name: String,
    verdict: String,
    is_silent: bool,
    routes: Vec<[String; 6]>,
    silent: Vec<&'static str>,
    clients: Vec<[String; 4]>,
    more_clients: usize,
}

/// Days whose requests are summed.
const RECENT: i64 = 30;
/// Clients of a mount that are shown, those with the most requests.
const CLIENTS: usize = 50;

type Uses = BTreeMap<(String, String), RouteUse>;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(web::resource("/usage").route(web::get().to(usage)));
}

async fn usage(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Trouble> {
    let (uses, began) = match &desk.house.usage {
        Some(usage) => {
            let _held = desk.house.gathering.lock().await;
            let unavailable = |_| desk.refused(AccountError::Unavailable);
            (usage.since(Since(0)).await.map_err(unavailable)?, usage.began_at().await.map_err(unavailable)?)
        }
        None => (Uses::new(), None),
    };
    let recent = day_of(desk.accounts().clock().now().millis()) - RECENT + 1;
    Ok(show(&UsagePage {
        frame: Frame::of(&desk, &request),
        texts: desk.texts,
        is_counted: desk.house.usage.is_some(),
        began: began.map(instant),
        mounts: desk.house.mounts.iter().map(|mount| mount_use(mount, &uses, recent, desk.texts)).collect(),
    }))
}

fn mount_use(mount: &MountFacts, uses: &Uses, recent: i64, texts: &Texts) -> MountUse {
    let called = |route: &str| uses.get(&(mount.prefix.clone(), route.to_owned()));
    let mut known = BTreeSet::new();
    let patterns = mount.routes.iter().copied().chain([OTHER_ROUTE]).filter(|route| known.insert(*route));
    let (called, silent): (Vec<_>, Vec<_>) =
        patterns.map(|route| (route, called(route))).partition(|(_, uses)| uses.is_some());
    let uses: Vec<(&str, &RouteUse)> = called.into_iter().filter_map(|(route, uses)| Some((route, uses?))).collect();
    let last = uses.iter().map(|(_, uses)| uses.all.last_at).max();
    let mut clients: BTreeMap<&Client, Use> = BTreeMap::new();
    for (client, one) in uses.iter().flat_map(|(_, uses)| &uses.clients) {
        add(clients.entry(client).or_default(), one);
    }
    let mut clients: Vec<(&Client, Use)> = clients.into_iter().collect();
    clients.sort_by_key(|(_, uses)| std::cmp::Reverse(within(uses, recent)));
    MountUse {
        name: format!("{} ({})", mount.prefix, mount.dialect),
        verdict: match last {
            Some(last) => format!("{} {}", texts.last_called, instant(last)),
            None => texts.never_called.to_owned(),
        },
        is_silent: last.is_none(),
        routes: uses.iter().map(|(route, uses)| route_line(route, uses, recent)).collect(),
        silent: silent.into_iter().map(|(route, _)| route).filter(|route| *route != OTHER_ROUTE).collect(),
        more_clients: clients.len().saturating_sub(CLIENTS),
        clients: clients.iter().take(CLIENTS).map(|(client, uses)| client_line(client, uses, recent)).collect(),
    }
}

fn add(sum: &mut Use, one: &Use) {
    for (day, requests) in &one.by_day {
        *sum.by_day.entry(*day).or_default() += requests;
    }
    sum.last_at = sum.last_at.max(one.last_at);
    sum.accounts.extend(&one.accounts);
    sum.has_other_accounts |= one.has_other_accounts;
}

fn route_line(route: &str, uses: &RouteUse, recent: i64) -> [String; 6] {
    let Use { first_at, last_at, .. } = uses.all;
    [
        route.to_owned(),
        within(&uses.all, recent).to_string(),
        uses.clients.len().to_string(),
        accounts(&uses.all),
        instant(first_at),
        instant(last_at),
    ]
}

fn client_line(client: &Client, uses: &Use, recent: i64) -> [String; 4] {
    [client.as_str().to_owned(), within(uses, recent).to_string(), accounts(uses), instant(uses.last_at)]
}

fn within(uses: &Use, first: i64) -> i64 {
    uses.by_day.range(first..).map(|(_, requests)| requests).sum()
}

fn accounts(uses: &Use) -> String {
    let more = if uses.has_other_accounts { "+" } else { "" };
    format!("{}{more}", uses.accounts.len())
}

fn instant(millis: i64) -> String {
    date(Timestamp::from_millis(millis))
}
