//! Spans wait here until a batch of them is sent. Requests never wait for a collector: what it does not take is lost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::dev::ServiceResponse;
use dragoman_accounts::Accounts;
use dragoman_upstream::{Request, Upstream};
use tokio::{sync::Notify, task::JoinHandle, time::timeout};

use super::{
    TraceParent,
    span::{Answered, Span, request},
};
use crate::{
    config::TelemetrySettings,
    mounting::{DialectName, Mount, MountName},
    request_log::{PASSED, known},
};

/// Between two batches, unless one is full before.
const PAUSE: Duration = Duration::from_secs(5);
/// Spans of one request to the collector.
const BATCH: usize = 512;
/// How long the last spans of a server may take.
const LAST: Duration = Duration::from_secs(2);
/// Spans that wait at most.
const MOST: usize = 4 * BATCH;

/// Where a server's traces go. Cloned for each worker.
#[derive(Clone)]
pub(crate) struct Telemetry(Arc<Inner>);

struct Inner {
    accounts: Accounts,
    collector: Upstream,
    token: Option<String>,
    service: String,
    instance: String,
    percent: u8,
    waiting: Mutex<Waiting>,
    full: Notify,
    ended: Notify,
}

#[derive(Default)]
struct Waiting {
    spans: Vec<Span>,
    lost: u64,
}

/// A request that becomes a span.
pub(crate) struct Traced {
    trace: String,
    id: String,
    parent: Option<String>,
    begun_at: i64,
    at: Instant,
}

impl Traced {
    /// The header for whoever is asked next: what it does is part of this request.
    pub fn for_the_next(&self) -> String {
        format!("00-{}-{}-01", self.trace, self.id)
    }
}

impl Telemetry {
    /// `None`: the settings name no collector. The error is a sentence for the operator.
    pub fn open(settings: &TelemetrySettings, accounts: &Accounts) -> Result<Option<Self>, String> {
        let Some(options) = settings.options() else { return Ok(None) };
        let collector = Upstream::open(&options).map_err(|error| format!("[telemetry]: {error}"))?;
        Ok(Some(Self(Arc::new(Inner {
            accounts: accounts.clone(),
            collector,
            token: settings.token.clone(),
            service: settings.service_name.clone(),
            instance: accounts.randomness().uuid(),
            percent: settings.sample_percent,
            waiting: Mutex::default(),
            full: Notify::new(),
            ended: Notify::new(),
        }))))
    }

    /// `None`: it is not recorded. A caller that says whether its trace is decides, else the given share of requests is.
    pub fn begin(&self, parent: Option<TraceParent<'_>>) -> Option<Traced> {
        let randomness = self.0.accounts.randomness();
        let is_wanted = match parent {
            Some(parent) => parent.is_sampled,
            None => self.0.percent >= 100 || randomness.below(100) < self.0.percent.into(),
        };
        is_wanted.then(|| Traced {
            trace: parent.map_or_else(|| randomness.hex(16), |parent| parent.trace.to_owned()),
            id: randomness.hex(8),
            parent: parent.map(|parent| parent.span.to_owned()),
            begun_at: self.0.accounts.clock().now().millis(),
            at: Instant::now(),
        })
    }

    /// `route` is the router's pattern.
    pub fn end<B>(&self, traced: Traced, response: &ServiceResponse<B>, route: Option<&str>) {
        let incoming = response.request();
        self.push(
            traced,
            Answered {
                method: known(incoming.method().as_str()),
                route: route.map(str::to_owned),
                status: Some(response.status().as_u16()),
                dialect: incoming.app_data::<DialectName>().map(|dialect| dialect.0),
                mount: incoming.app_data::<MountName>().map(|mount| mount.0.to_string()),
                refusal: response.response().error().map(ToString::to_string),
            },
        );
    }

    /// Of a request that went to the old server behind a mount. `status` is `None` where it broke off before its answer.
    pub fn end_passed(
        &self,
        traced: Traced,
        mount: &Mount,
        method: &str,
        status: Option<u16>,
        refusal: Option<&'static str>,
    ) {
        self.push(
            traced,
            Answered {
                method: known(method),
                route: Some(PASSED.to_owned()),
                status,
                dialect: Some(mount.name),
                mount: Some(mount.metrics_name().to_owned()),
                refusal: refusal.map(str::to_owned),
            },
        );
    }

    fn push(&self, traced: Traced, answered: Answered) {
        let begun_at = u64::try_from(traced.begun_at).unwrap_or(0).saturating_mul(1_000_000);
        let took = u64::try_from(traced.at.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let span = Span {
            trace: traced.trace,
            id: traced.id,
            parent: traced.parent,
            begun_at,
            ended_at: begun_at.saturating_add(took),
            answered,
        };
        let mut waiting = self.waiting();
        if waiting.spans.len() >= MOST {
            waiting.lost += 1;
            return;
        }
        waiting.spans.push(span);
        if waiting.spans.len().is_multiple_of(BATCH) {
            self.0.full.notify_one();
        }
    }

    /// Sends what waits, every few seconds, until [`Telemetry::end_all`].
    pub async fn run(self) {
        loop {
            let is_last = tokio::select! {
                () = tokio::time::sleep(PAUSE) => false,
                () = self.0.full.notified() => false,
                () = self.0.ended.notified() => true,
            };
            self.send().await;
            if is_last {
                break;
            }
        }
    }

    /// Lets what is being sent arrive, and what waits after it, but not for long. `running` is what [`Telemetry::run`] runs as.
    pub async fn end_all(&self, mut running: JoinHandle<()>) {
        self.0.ended.notify_one();
        if timeout(LAST, &mut running).await.is_err() {
            running.abort();
            tracing::warn!("the collector of traces did not take the last spans in time");
        }
    }

    /// Sends what waits now, batch after batch, until one is not taken.
    async fn send(&self) {
        loop {
            let batch = self.take();
            if batch.is_empty() {
                break;
            }
            if let Err(reason) = self.send_batch(&batch).await {
                tracing::debug!(reason, spans = batch.len(), "the collector of traces took no spans");
                self.waiting().lost += u64::try_from(batch.len()).unwrap_or(u64::MAX);
                break;
            }
        }
        let lost = std::mem::take(&mut self.waiting().lost);
        if lost > 0 {
            tracing::warn!(lost, "spans were lost: the collector of traces does not take them");
        }
    }

    async fn send_batch(&self, spans: &[Span]) -> Result<(), String> {
        let body = request(&self.0.service, &self.0.instance, spans).to_string();
        let mut post = Request::post("/v1/traces", "application/json", body);
        if let Some(token) = &self.0.token {
            post = post.with("Authorization", format!("Bearer {token}"));
        }
        match self.0.collector.call(post).await {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
            Ok(answer) => Err(format!("it answered {}", answer.status)),
            Err(unavailable) => Err(unavailable.to_string()),
        }
    }

    fn take(&self) -> Vec<Span> {
        let mut waiting = self.waiting();
        let length = waiting.spans.len().min(BATCH);
        waiting.spans.drain(..length).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
