//! What the operator's tools ask: is the process alive, and should it get requests?

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::ContentType},
    web::{self, Data, ServiceConfig},
};
use dragoman_accounts::{Accounts, Admission, NameMatching, Realm};

/// The operator's view of the accounts: names that count everywhere, no dialect, no throttle.
pub fn realm() -> Realm {
    Realm {
        dialect: "operator",
        scope: "".into(),
        names: NameMatching::CaseBlind,
        admits: Admission::Everywhere,
        stateless_tokens: false,
        throttle: None,
    }
}

/// Whether this replica should be sent requests.
pub struct Readiness {
    accounts: Accounts,
    draining: AtomicBool,
}

impl Readiness {
    /// Ready as long as the database answers.
    pub fn new(accounts: Accounts) -> Self {
        Self { accounts, draining: AtomicBool::new(false) }
    }

    /// From now on `/readyz` says 503 and connections are closed after their answer.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether a shutdown has begun.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// Adds `GET /healthz` and `GET /readyz`; expects [`Readiness`] in the application data.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/healthz").route(web::get().to(health)).route(web::head().to(health)))
        .service(web::resource("/readyz").route(web::get().to(readiness)).route(web::head().to(readiness)));
}

async fn health() -> HttpResponse {
    plain(StatusCode::OK, "alive\n")
}

async fn readiness(readiness: Data<Readiness>) -> HttpResponse {
    if readiness.is_draining() {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "shutting down\n");
    }
    match readiness.accounts.ping().await {
        Ok(()) => plain(StatusCode::OK, "ready\n"),
        Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "database not reachable\n"),
    }
}

fn plain(status: StatusCode, body: &'static str) -> HttpResponse {
    HttpResponse::build(status).content_type(ContentType::plaintext()).body(body)
}
