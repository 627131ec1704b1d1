//! How the gateway fares: over all replicas what the database has counted, of this process what it knows itself.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use dragoman_accounts::{Attack, Census, Tally, TallySpan, Vitals, clock::Timestamp};

use super::Frame;
use crate::{
    MountFacts, Warning,
    chart::{Chart, HEIGHT},
    desk::Desk,
    metrics::quantile,
    page::show,
    shown::{date, span},
    texts::Texts,
    trouble::Trouble,
};

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage<'a> {
    frame: Frame,
    texts: &'static Texts,
    warnings: Vec<String>,
    attacks: Vec<AttackLine>,
    figures: Vec<(&'static str, String)>,
    charts: Vec<(&'static str, Vec<Chart>)>,
    chart_height: usize,
    lanes: Vec<[String; 6]>,
    vitals: Vitals,
    mounts: &'a [MountFacts],
}

struct AttackLine {
    number: i64,
    name: String,
    limits: usize,
    networks: String,
    last: String,
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What "now" means for rates and replicas.
const RECENT: Duration = Duration::from_secs(5 * 60);
/// A certificate that ends within this time is warned of.
const ENDS_SOON: Duration = Duration::from_secs(21 * 24 * 60 * 60);

pub(crate) async fn overview(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Trouble> {
    let accounts = desk.accounts();
    let refused = |error| desk.refused(error);
    let minutes = accounts.tallies(TallySpan::Minute, HOUR).await.map_err(refused)?;
    let hours = accounts.tallies(TallySpan::Hour, DAY).await.map_err(refused)?;
    let attacks = accounts.attacks(HOUR).await.map_err(refused)?;
    let census = desk.house.metrics.census(accounts).await.map_err(refused)?;
    let (texts, now, vitals) = (desk.texts, accounts.clock().now(), accounts.vitals());
    let page = OverviewPage {
        frame: Frame::of(&desk, &request),
        texts,
        warnings: warnings(&desk, &census, now),
        attacks: attacks.into_iter().map(attack_line).collect(),
        figures: figures(texts, &minutes, &census, now),
        charts: vec![
            (texts.last_hour, charts(texts, &minutes, (TallySpan::Minute, 60), now)),
            (texts.last_day, charts(texts, &hours, (TallySpan::Hour, 24), now)),
        ],
        chart_height: HEIGHT,
        lanes: lanes(&vitals, texts),
        vitals,
        mounts: &desk.house.mounts,
    };
    Ok(show(&page))
}

fn attack_line(attack: Attack) -> AttackLine {
    AttackLine {
        number: attack.account.0,
        name: attack.name.unwrap_or_else(|| attack.account.to_string()),
        limits: attack.limits,
        networks: attack.networks.join(", "),
        last: date(attack.last_at),
    }
}

fn lanes(vitals: &Vitals, texts: &Texts) -> Vec<[String; 6]> {
    let lanes = [(texts.read, vitals.store.readers), (texts.write, vitals.store.writers)];
    lanes
        .map(|(name, lane)| {
            [
                name.to_owned(),
                format!("{}/{}", lane.connections, lane.threads),
                lane.waiting.to_string(),
                lane.running.to_string(),
                lane.errors.to_string(),
                lane.reconnects.to_string(),
            ]
        })
        .into()
}

fn amount(tally: &Tally, measure: &str) -> i64 {
    tally.amounts.get(measure).copied().unwrap_or(0)
}

fn wrong(tally: &Tally) -> i64 {
    amount(tally, "login.wrong") + amount(tally, "login.throttled")
}

fn charts(texts: &'static Texts, tallies: &[Tally], stretch: (TallySpan, usize), now: Timestamp) -> Vec<Chart> {
    vec![
        Chart::of(texts.requests, tallies, stretch, now, |tally| amount(tally, "requests")),
        Chart::of(texts.failed_requests, tallies, stretch, now, |tally| amount(tally, "errors")),
        Chart::of(texts.wrong_logins, tallies, stretch, now, wrong),
    ]
}

fn figures(texts: &'static Texts, minutes: &[Tally], census: &Census, now: Timestamp) -> Vec<(&'static str, String)> {
    let recent: Vec<&Tally> = minutes.iter().filter(|tally| tally.begins_at >= now.minus(RECENT)).collect();
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for (measure, number) in recent.iter().flat_map(|tally| &tally.amounts) {
        *sums.entry(measure.clone()).or_default() += number;
    }
    let requests = sums.get("requests").copied().unwrap_or(0);
    let within = |share| quantile(&sums, share).map_or_else(|| "-".to_owned(), span);
    let logins = |measure| minutes.iter().map(|tally| amount(tally, measure)).sum::<i64>();
    let mails =
        |state| census.mails.iter().filter(|(known, _)| *known == state).map(|(_, number)| *number).sum::<i64>();
    let sessions: i64 = census.sessions.iter().map(|(_, number)| number).sum();
    vec![
        (texts.requests_a_second, format!("{:.1}", requests as f64 / RECENT.as_secs_f64())),
        (texts.half, within(0.5)),
        (texts.hundredth, within(0.99)),
        (
            texts.logins_hour,
            format!(
                "{} {} · {} {} · {} {}",
                logins("login.right"),
                texts.right,
                logins("login.wrong"),
                texts.wrong,
                logins("login.throttled"),
                texts.refused_throttled,
            ),
        ),
        (texts.live_accounts, census.accounts.to_string()),
        (texts.session_rows, sessions.to_string()),
        (texts.mail_queue, (mails("queued") + mails("sending")).to_string()),
        (texts.dead_mails, mails("dead").to_string()),
        (texts.replicas, sums.keys().filter(|measure| measure.starts_with("replica.")).count().max(1).to_string()),
    ]
}

fn warnings(desk: &Desk, census: &Census, now: Timestamp) -> Vec<String> {
    let house = &desk.house;
    let mut found = house.warnings.clone();
    if let Some(end) = (house.certificate_ends)().filter(|end| *end < now.plus(ENDS_SOON)) {
        found.push(Warning::CertificateEnds(end));
    }
    found.extend(house.metrics.weak_passwords(desk.accounts()));
    let dead = census.mails.iter().filter(|(state, _)| *state == "dead").map(|(_, number)| *number).sum();
    if dead > 0 {
        found.push(Warning::DeadMails(dead));
    }
    found.iter().map(|warning| told(warning, desk.texts)).collect()
}

fn told(warning: &Warning, texts: &Texts) -> String {
    match warning {
        Warning::FactorySecret(key) => format!("{key} {}", texts.warn_factory),
        Warning::RegistrationOpen(mount) => format!("{} {mount}", texts.warn_registration),
        Warning::MailNotSent => texts.warn_mail.to_owned(),
        Warning::ConsoleInTheClear => texts.warn_clear.to_owned(),
        Warning::SealingKeyMissing(number) => format!("{} {number}", texts.warn_key),
        Warning::WeakPasswords(number) => format!("{} {number}", texts.warn_weak),
        Warning::CertificateEnds(end) => format!("{} {}", texts.warn_certificate, date(*end)),
        Warning::DeadMails(number) => format!("{} {number}", texts.warn_mails),
    }
}
