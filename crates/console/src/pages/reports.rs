//! What replays of fixtures said, by the reports in a folder.

use std::path::PathBuf;
use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Path, ServiceConfig},
};
use askama::Template;
use dragoman_accounts::{AccountError, clock::Timestamp};

use super::Frame;
use crate::{
    desk::Desk,
    page::show,
    reports::{Counts, Listed, Mismatch, Report, Scenario, find, list},
    shown::date_or_none,
    texts::Texts,
    trouble::{Cause, Trouble},
};

#[derive(Template)]
#[template(path = "reports.html")]
struct ReportsPage {
    frame: Frame,
    texts: &'static Texts,
    folder: Option<String>,
    lines: Vec<Line>,
}

struct Line {
    name: String,
    made: String,
    counts: Option<Counts>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    frame: Frame,
    texts: &'static Texts,
    name: String,
    counts: Counts,
    failed: Vec<Shown>,
    skipped: Vec<(String, String)>,
    accepted: usize,
    more: usize,
}

/// A scenario that failed.
struct Shown {
    title: String,
    file: String,
    mismatches: Vec<[String; 5]>,
}

/// Scenarios of a kind that are shown.
const SHOWN: usize = 200;
/// Differences of one that are.
const DIFFERENCES: usize = 50;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/reports").route(web::get().to(reports)))
        .service(web::resource("/reports/{name}").route(web::get().to(report)));
}

async fn reports(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Trouble> {
    let folder = desk.house.reports.clone();
    let listed = match folder.clone() {
        Some(folder) => on_a_thread(&desk, move || list(&folder)).await?.unwrap_or_else(|error| {
            tracing::warn!(%error, "the folder of console.reports cannot be read");
            Vec::new()
        }),
        None => Vec::new(),
    };
    Ok(show(&ReportsPage {
        frame: Frame::of(&desk, &request),
        texts: desk.texts,
        folder: folder.map(|folder: PathBuf| folder.display().to_string()),
        lines: listed.into_iter().map(line).collect(),
    }))
}

async fn report(desk: Desk, request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Trouble> {
    let (folder, name) = (desk.house.reports.clone(), name.into_inner());
    let wanted = name.clone();
    let found = on_a_thread(&desk, move || find(&folder?, &wanted)).await?;
    let Report { counts, fixtures } = found.ok_or_else(|| desk.trouble(Cause::Unknown))?;
    let of = |outcome: &'static str| fixtures.iter().filter(move |scenario| scenario.outcome == outcome);
    let more = of("failed").count().saturating_sub(SHOWN) + of("skipped").count().saturating_sub(SHOWN);
    Ok(show(&ReportPage {
        frame: Frame::of(&desk, &request),
        texts: desk.texts,
        name,
        counts,
        failed: of("failed").take(SHOWN).map(shown).collect(),
        skipped: of("skipped").take(SHOWN).map(|one| (one.title.clone(), one.reason.clone())).collect(),
        accepted: fixtures.iter().map(|scenario| scenario.accepted.len()).sum(),
        more,
    }))
}

/// Files are read where no request waits for them, those of one page at a time: they may be large.
async fn on_a_thread<T: Send + 'static>(desk: &Desk, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Trouble> {
    let held = Arc::clone(&desk.house.gathering).lock_owned().await;
    let alone = move || {
        // Until the work is done, also when whoever asked has gone.
        let _held = held;
        work()
    };
    web::block(alone).await.map_err(|_| desk.refused(AccountError::Internal))
}

fn line(listed: Listed) -> Line {
    let made = listed.made.and_then(|made| jiff::Timestamp::try_from(made).ok());
    Line {
        name: listed.name,
        made: date_or_none(made.map(|made| Timestamp::from_millis(made.as_millisecond()))),
        counts: listed.counts,
    }
}

fn shown(scenario: &Scenario) -> Shown {
    Shown {
        title: scenario.title.clone(),
        file: scenario.file.clone(),
        mismatches: scenario.mismatches.iter().take(DIFFERENCES).map(difference).collect(),
    }
}

fn difference(mismatch: &Mismatch) -> [String; 5] {
    let place = mismatch.place.as_str().map_or_else(|| mismatch.place.to_string(), str::to_owned);
    [
        mismatch.step.map(|step| step.to_string()).unwrap_or_default(),
        mismatch.request.clone(),
        place,
        mismatch.expected.clone(),
        mismatch.got.clone(),
    ]
}
