//! What the operator's tools ask: is the process alive, and should it get requests?

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::ContentType},
    web::{self, Data, ServiceConfig},
};
use dragoman_accounts::{Accounts, Admission, NameMatching, Realm};
use tokio::sync::Mutex;

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

/// How long one proof of readiness holds for everybody who asks: many probes cost the database one write in this time.
const PROOF_HOLDS: Duration = Duration::from_secs(2);

/// Whether this replica should be sent requests.
pub struct Readiness {
    accounts: Accounts,
    draining: AtomicBool,
    /// When the last proof was made, and why it failed if it did. Whoever asks meanwhile waits for the one under way.
    proof: Mutex<Option<(Instant, Result<(), &'static str>)>>,
}

impl Readiness {
    /// Ready as long as the database can be read and written to.
    pub fn new(accounts: Accounts) -> Self {
        Self { accounts, draining: AtomicBool::new(false), proof: Mutex::new(None) }
    }

    /// Why this replica should get no requests.
    async fn proven(&self) -> Result<(), &'static str> {
        let mut proof = self.proof.lock().await;
        match *proof {
            Some((made, outcome)) if made.elapsed() < PROOF_HOLDS => outcome,
            _ => {
                let outcome = self.prove().await;
                *proof = Some((Instant::now(), outcome));
                outcome
            }
        }
    }

    async fn prove(&self) -> Result<(), &'static str> {
        self.accounts.prove_readable().await.map_err(|_| "database not reachable\n")?;
        self.accounts.prove_writable().await.map_err(|_| "database takes no writes\n")
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
    match readiness.proven().await {
        Ok(()) => plain(StatusCode::OK, "ready\n"),
        Err(reason) => plain(StatusCode::SERVICE_UNAVAILABLE, reason),
    }
}

fn plain(status: StatusCode, body: &'static str) -> HttpResponse {
    HttpResponse::build(status).content_type(ContentType::plaintext()).body(body)
}
