//! What waits for one old server. A client never does: what finds no room is dropped and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dragoman_accounts::Accounts;
use dragoman_fixtures::{Asked, FieldRole, Seen, diverge};
use dragoman_upstream::{OpenError, Upstream};
use dragoman_usage::{ShadowRoute, Verdict, Verdicts};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{job::Job, mask::sample};
use crate::{
    config::{MountSettings, ShadowSettings},
    field_roles::of_recordings,
};

/// Questions that wait at most; with their bodies they are no more than 16 MiB.
const MOST_WAITING: usize = 128;
/// Questions that the old server is asked at once.
const AT_ONCE: usize = 4;

/// The way to one old server.
pub(crate) struct Queue {
    percent: u64,
    seen: AtomicU64,
    waiting: mpsc::Sender<Job>,
    accounts: Accounts,
    verdicts: Arc<Verdicts>,
}

/// Who asks.
struct Asker {
    old: Upstream,
    roles: Vec<FieldRole>,
    accounts: Accounts,
    verdicts: Arc<Verdicts>,
}

impl Queue {
    /// Opens the client; what asks is to be spawned.
    pub fn open(
        mount: &MountSettings,
        settings: &ShadowSettings,
        accounts: &Accounts,
        verdicts: &Arc<Verdicts>,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), OpenError> {
        let asker = Asker {
            old: Upstream::open(&settings.options()?)?,
            roles: mount.dialect.field_roles.iter().map(of_recordings).collect(),
            accounts: accounts.clone(),
            verdicts: Arc::clone(verdicts),
        };
        let (waiting, jobs) = mpsc::channel(MOST_WAITING);
        let queue = Self {
            percent: settings.percent.into(),
            seen: AtomicU64::new(0),
            waiting,
            accounts: accounts.clone(),
            verdicts: Arc::clone(verdicts),
        };
        Ok((queue, asker.run(jobs)))
    }

    /// Whether the next request is one of the chosen; evenly spread.
    pub fn chooses(&self) -> bool {
        let number = self.seen.fetch_add(1, Ordering::Relaxed);
        (number % 100) * self.percent % 100 < self.percent
    }

    /// Leaves a question for the old server, or drops it.
    pub fn put(&self, job: Job) {
        if let Err(mpsc::error::TrySendError::Full(job) | mpsc::error::TrySendError::Closed(job)) =
            self.waiting.try_send(job)
        {
            self.count(&job.route, Verdict::Dropped);
        }
    }

    /// Counts a request that the old server is not asked about.
    pub fn count(&self, route: &ShadowRoute, verdict: Verdict) {
        self.verdicts.count(route, verdict, Vec::new(), self.accounts.clock().now().millis());
    }
}

impl Asker {
    async fn run(self, jobs: mpsc::Receiver<Job>) {
        let jobs = stream::unfold(jobs, |mut jobs| async { Some((jobs.recv().await?, jobs)) });
        jobs.for_each_concurrent(AT_ONCE, |job| self.ask(job)).await;
    }

    async fn ask(&self, job: Job) {
        let Job { route, question, ours } = job;
        let (method, target, body) = (question.method, question.target.clone(), question.body.clone());
        let outcome = self.old.call(question).await;
        let now = self.accounts.clock().now().millis();
        let Ok(old) = outcome else {
            return self.verdicts.count(&route, Verdict::Unanswered, Vec::new(), now);
        };
        let asked = Asked { method, target: &target, body: &body };
        let old = Seen { status: old.status, content_type: old.header("Content-Type"), body: &old.body };
        let ours = Seen { status: ours.status, content_type: ours.content_type.as_deref(), body: &ours.body };
        let moment = Timestamp::from_millisecond(now).unwrap_or_default();
        let found = diverge(asked, old, ours, &self.roles, moment);
        let verdict = if found.is_empty() { Verdict::Same } else { Verdict::Differs };
        let samples = found.iter().map(|divergence| sample(divergence, &self.roles)).collect();
        self.verdicts.count(&route, verdict, samples, now);
    }
}
