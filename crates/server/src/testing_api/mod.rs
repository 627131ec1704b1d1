//! The testing API of fixtures.md section 2: sets a known state. Served with `--testing` only; with `--reveal-captchas` no
//! more of it than what a person would read off a captcha or in a mail.

mod callers;
mod mailbox;
mod reset;

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    http::header::ContentType,
    middleware::from_fn,
    web::{self, Bytes, Data, PayloadConfig, Query, ServiceConfig},
};
use dragoman_accounts::{
    Accounts,
    clock::{SettableClock, Timestamp},
};
use dragoman_dialect::testing::rfc3339_milliseconds;
use serde::{Deserialize, de::DeserializeOwned};

use crate::mounting::{Mounts, no_mount};
pub use mailbox::{Mail, Mailbox};

/// What the testing API works on.
pub struct Testbed {
    accounts: Accounts,
    clock: Arc<SettableClock>,
    revealed: Arc<Revealed>,
}

/// What a person would see who looks at a slider or into a mailbox.
pub struct Revealed {
    mounts: Mounts,
    mailbox: Arc<Mailbox>,
}

/// What of the testing API is served.
#[derive(Clone, Default)]
pub struct TestingApi {
    /// Challenges and mails.
    pub revealed: Option<Arc<Revealed>>,
    /// All the rest.
    pub testbed: Option<Arc<Testbed>>,
}

/// A seed may be large; it is still bounded.
const BODY_BYTES: usize = 64 * 1024 * 1024;

impl Revealed {
    /// Over all mounts and the mailbox all mail goes to.
    pub fn new(mounts: Mounts, mailbox: Arc<Mailbox>) -> Self {
        Self { mounts, mailbox }
    }
}

impl Testbed {
    /// Over the account domain, the clock it runs on, and what is revealed.
    pub fn new(accounts: Accounts, clock: Arc<SettableClock>, revealed: Arc<Revealed>) -> Self {
        Self { accounts, clock, revealed }
    }
}

/// Adds `/_testing/*`; nothing where nothing is served of it.
pub(crate) fn configure(config: &mut ServiceConfig, api: TestingApi) {
    let Some(revealed) = api.revealed else { return };
    let scope = web::scope("/_testing").app_data(Data::from(revealed));
    let scope = match api.testbed {
        Some(testbed) => scope
            .app_data(Data::from(testbed))
            .app_data(PayloadConfig::new(BODY_BYTES))
            .route("/reset", web::post().to(reset::reset))
            .route("/clock", web::post().to(set_clock))
            .route("/expire", web::post().to(expire))
            .route("/mail", web::post().to(refuse_mail)),
        None => scope,
    };
    let scope = scope.route("/mail", web::get().to(mails)).route("/challenge", web::get().to(challenge));
    config.service(scope.default_service(web::to(no_mount)).wrap(from_fn(callers::only_local)));
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClockChange {
    Advance(i64),
    Now(String),
}

async fn set_clock(testbed: Data<Testbed>, body: Bytes) -> HttpResponse {
    done(parsed(&body).and_then(|change| match change {
        ClockChange::Advance(seconds) => {
            testbed.clock.advance(seconds);
            Ok(())
        }
        ClockChange::Now(instant) => testbed.set_clock(&instant),
    }))
}

impl Testbed {
    fn set_clock(&self, instant: &str) -> Result<(), String> {
        self.clock.set(Timestamp::from_millis(rfc3339_milliseconds(instant)?));
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expire {
    what: String,
}

async fn expire(testbed: Data<Testbed>, body: Bytes) -> HttpResponse {
    let purpose = match parsed::<Expire>(&body) {
        Ok(expire) => expire.what,
        Err(reason) => return refused(reason),
    };
    done(testbed.accounts.expire_tokens(purpose).await.map_err(|error| error.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refuse {
    refuse: Vec<String>,
}

async fn refuse_mail(testbed: Data<Testbed>, body: Bytes) -> HttpResponse {
    done(parsed::<Refuse>(&body).map(|addresses| testbed.revealed.mailbox.refuse(addresses.refuse)))
}

#[derive(Deserialize)]
struct To {
    to: String,
}

async fn mails(revealed: Data<Revealed>, address: Query<To>) -> HttpResponse {
    HttpResponse::Ok().json(revealed.mailbox.to(&address.to))
}

#[derive(Deserialize)]
struct For {
    r#for: String,
}

async fn challenge(revealed: Data<Revealed>, address: Query<For>) -> HttpResponse {
    for mount in revealed.mounts.list() {
        match mount.dialect.testing().pending_slider(&address.r#for).await {
            Ok(Some(x)) => return HttpResponse::Ok().json(serde_json::json!({ "kind": "slider", "x": x })),
            Ok(None) => {}
            Err(reason) => return refused(reason),
        }
    }
    HttpResponse::NotFound().content_type(ContentType::plaintext()).body("no slider is pending there\n")
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn done(result: Result<(), String>) -> HttpResponse {
    match result {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(reason) => refused(reason),
    }
}

fn refused(reason: String) -> HttpResponse {
    HttpResponse::UnprocessableEntity().content_type(ContentType::plaintext()).body(format!("{reason}\n"))
}
