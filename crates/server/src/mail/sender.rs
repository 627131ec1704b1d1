//! Works the queue off: what was posted in this process at once, what is due by polling, each with back-off until it is
//! sent or dead.

use std::sync::Arc;
use std::time::Duration;

use dragoman_accounts::{Accounts, AfterFailure, ClaimedMail};
use dragoman_dialect::mail::{FirstAttempt, Posted};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Interval, MissedTickBehavior, interval, sleep, timeout};

use super::{message::Envelope, recipient::recipient, transport::Transport, undelivered::Undelivered};
use crate::config::MailSettings;

/// When a mail is tried again, and when no more.
#[derive(Debug, Clone, Copy)]
struct Patience {
    attempts: i32,
    first_pause: Duration,
    longest_pause: Duration,
}

/// Everything an attempt needs.
struct Desk {
    accounts: Accounts,
    envelope: Envelope,
    transport: Transport,
    patience: Patience,
}

/// A sender that has not begun.
pub(super) struct Sender {
    desk: Arc<Desk>,
    posted: mpsc::Receiver<Posted>,
    claim: Duration,
    concurrent: usize,
    poll: Duration,
    keep_sent: Duration,
    keep_dead: Duration,
    timeout: Duration,
}

/// One that has.
pub(super) struct Sending {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
    timeout: Duration,
}

/// How often the rows of sent and dead mails are looked through.
const PURGE_PAUSE: Duration = Duration::from_secs(60);
/// How often, a second apart, it is tried to record that a mail has been sent.
const RECORDING_ATTEMPTS: u32 = 20;

impl Sender {
    pub fn new(
        accounts: Accounts,
        settings: &MailSettings,
        (envelope, transport): (Envelope, Transport),
        posted: mpsc::Receiver<Posted>,
        claim: Duration,
    ) -> Self {
        let patience = Patience {
            attempts: settings.attempts.into(),
            first_pause: Duration::from_secs(settings.retry_seconds),
            longest_pause: Duration::from_secs(settings.longest_retry_seconds),
        };
        Self {
            desk: Arc::new(Desk { accounts, envelope, transport, patience }),
            posted,
            claim,
            concurrent: settings.concurrent,
            poll: Duration::from_secs(settings.poll_seconds),
            keep_sent: Duration::from_secs(settings.keep_sent_seconds),
            keep_dead: Duration::from_secs(u64::from(settings.keep_dead_days) * 24 * 60 * 60),
            timeout: Duration::from_secs(settings.timeout_seconds),
        }
    }

    pub fn start(self) -> Sending {
        let (stop, stopped) = oneshot::channel();
        let timeout = self.timeout;
        Sending { task: tokio::spawn(self.run(stopped)), stop, timeout }
    }

    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        let mut attempts = JoinSet::new();
        let (mut polls, mut purges) = (every(self.poll), every(PURGE_PAUSE));
        loop {
            let free = self.concurrent.saturating_sub(attempts.len());
            tokio::select! {
                _ = &mut stopped => break,
                Some(ended) = attempts.join_next() => tell_panic(ended),
                Some(Posted { mail, report }) = self.posted.recv(), if free > 0 => {
                    attempts.spawn(Arc::clone(&self.desk).attempt(mail, Some(report)));
                }
                _ = polls.tick(), if free > 0 => {
                    let due = self.claim_due(free).await;
                    if due.len() == free {
                        // There may be more: look again as soon as there is room.
                        polls.reset_immediately();
                    }
                    for mail in due {
                        attempts.spawn(Arc::clone(&self.desk).attempt(mail, None));
                    }
                }
                _ = purges.tick() => self.purge().await,
            }
        }
        // What was posted is claimed already: it would wait for the claim to end.
        self.posted.close();
        while let Some(Posted { mail, report }) = self.posted.recv().await {
            attempts.spawn(Arc::clone(&self.desk).attempt(mail, Some(report)));
        }
        while let Some(ended) = attempts.join_next().await {
            tell_panic(ended);
        }
    }

    async fn claim_due(&self, free: usize) -> Vec<ClaimedMail> {
        match self.desk.accounts.claim_due_mails(free, self.claim).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "cannot look for mails to send");
                Vec::new()
            }
        }
    }

    async fn purge(&self) {
        let now = self.desk.accounts.clock().now();
        let purged = self.desk.accounts.purge_mails(now.minus(self.keep_sent), now.minus(self.keep_dead)).await;
        if let Err(error) = purged {
            tracing::warn!(%error, "cannot purge old mails");
        }
    }
}

impl Sending {
    /// See [`super::RunningMail::stop`].
    pub async fn stop(mut self) {
        // An error means that it has ended by itself.
        let _ = self.stop.send(());
        // An attempt, and what is recorded of it.
        if timeout(self.timeout + Duration::from_secs(5), &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("mails were still being sent: they will be tried again when their claims end");
        }
    }
}

impl Desk {
    /// One attempt. Its outcome is told to the waiting request before or while it is recorded; a death is recorded first,
    /// so that the request can take the mail back.
    async fn attempt(self: Arc<Self>, claimed: ClaimedMail, report: Option<oneshot::Sender<FirstAttempt>>) {
        let tell = |outcome| {
            if let Some(report) = report {
                // An error means that nobody waits any more.
                let _ = report.send(outcome);
            }
        };
        match self.deliver(&claimed).await {
            Ok(()) => {
                tell(FirstAttempt::Sent);
                self.record_sent(&claimed).await;
            }
            Err(Undelivered::Failed(reason)) if claimed.attempt < self.patience.attempts => {
                let pause = self.patience.pause(claimed.attempt, &self.accounts);
                let retry_at = self.accounts.clock().now().plus(pause);
                tracing::warn!(
                    mail = claimed.id,
                    attempt = claimed.attempt,
                    reason = without_address(&reason, &claimed),
                    retry_seconds = pause.as_secs(),
                    "mail not sent yet"
                );
                self.record_failure(&claimed, &reason, AfterFailure::RetryAt(retry_at)).await;
                tell(FirstAttempt::Postponed);
            }
            Err(Undelivered::Failed(reason)) => {
                tracing::error!(
                    mail = claimed.id,
                    attempts = claimed.attempt,
                    reason = without_address(&reason, &claimed),
                    "mail given up"
                );
                self.record_failure(&claimed, &reason, AfterFailure::Dead).await;
                tell(FirstAttempt::Refused);
            }
            Err(Undelivered::Refused(reason)) => {
                tracing::warn!(mail = claimed.id, reason = without_address(&reason, &claimed), "mail refused");
                self.record_failure(&claimed, &reason, AfterFailure::Dead).await;
                tell(FirstAttempt::Refused);
            }
        }
    }

    async fn deliver(&self, claimed: &ClaimedMail) -> Result<(), Undelivered> {
        // Attempts are counted when they begin, so a mail whose sender dies every time comes to its end too.
        if claimed.attempt > self.patience.attempts {
            return Err(Undelivered::Failed("no attempt came to its end".to_owned()));
        }
        self.transport.deliver(claimed, &self.envelope).await
    }

    /// Not recorded means sent again, so a database that is away for a moment is waited for.
    async fn record_sent(&self, claimed: &ClaimedMail) {
        for _ in 0..RECORDING_ATTEMPTS {
            match self.accounts.mail_sent(&claimed.id).await {
                Ok(()) => {
                    tracing::debug!(mail = claimed.id, attempt = claimed.attempt, "mail sent");
                    return;
                }
                Err(_) => sleep(Duration::from_secs(1)).await,
            }
        }
        tracing::error!(mail = claimed.id, "mail sent, but the database does not know: it will be sent again");
    }

    async fn record_failure(&self, claimed: &ClaimedMail, reason: &str, then: AfterFailure) {
        if let Err(error) = self.accounts.mail_failed(&claimed.id, claimed.attempt, reason, then).await {
            tracing::warn!(mail = claimed.id, %error, "cannot record a failed attempt: it is repeated when its claim ends");
        }
    }
}

impl Patience {
    /// The pause after an attempt: it doubles, and is up to a quarter longer by chance, so that what failed together is not
    /// tried together.
    fn pause(self, attempt: i32, accounts: &Accounts) -> Duration {
        let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(20);
        let pause = self.first_pause.saturating_mul(1 << doublings).min(self.longest_pause);
        let quarter = u64::try_from(pause.as_millis() / 4).unwrap_or(u64::MAX);
        pause + Duration::from_millis(accounts.randomness().below(quarter))
    }
}

/// A server's words for the log: whom a mail was for does not belong there.
fn without_address(reason: &str, claimed: &ClaimedMail) -> String {
    let written = recipient(&claimed.mail.recipient).map(|address| address.to_string());
    let reason = written.map_or_else(|_| reason.to_owned(), |written| reason.replace(&written, "(recipient)"));
    reason.replace(&claimed.mail.recipient, "(recipient)")
}

fn every(pause: Duration) -> Interval {
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn tell_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "an attempt to send a mail ended badly: it is repeated when its claim ends");
    }
}
