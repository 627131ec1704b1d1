//! Writes what was counted into the database, a batch every few seconds on every replica, and forgets what is old.

use std::sync::Arc;
use std::time::Duration;

use dragoman_accounts::Accounts;
use dragoman_usage::{Tallies, Usage, Verdicts, day_of};
use tokio::time::{MissedTickBehavior, interval};

use crate::config::UsageSettings;

/// What a server counts, and where that goes.
#[derive(Clone)]
pub(super) struct Counting {
    pub usage: Usage,
    pub tallies: Arc<Tallies>,
    pub verdicts: Arc<Verdicts>,
    pub accounts: Accounts,
    pub settings: UsageSettings,
}

impl Counting {
    /// Runs until it is aborted. A batch that cannot be written is tried again with the next one.
    pub async fn run(self) {
        let mut rounds = interval(Duration::from_secs(self.settings.interval_seconds));
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut purged = None;
        loop {
            rounds.tick().await;
            self.write().await;
            let today = day_of(self.accounts.clock().now().millis());
            if purged != Some(today) && self.forget(today - i64::from(self.settings.keep_days)).await {
                purged = Some(today);
            }
        }
    }

    /// Whether all that is older than a day could be forgotten.
    async fn forget(&self, day: i64) -> bool {
        let calls = self.usage.purge(day).await;
        match (calls, self.usage.purge_verdicts(day).await) {
            (Ok(calls), Ok(verdicts)) => {
                tracing::debug!(calls, verdicts, "forgot old counts of calls");
                true
            }
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(%error, "old counts of calls could not be forgotten");
                false
            }
        }
    }

    /// Writes what there is.
    pub async fn write(&self) {
        if let Err(unwritten) = self.usage.record(self.tallies.take()).await {
            let reason = unwritten.reason;
            tracing::warn!(reason, "counts of calls could not be written, they are kept for the next time");
            self.tallies.put_back(unwritten.counted);
        }
        let waiting = self.verdicts.take();
        if let Err(error) = self.usage.record_verdicts(&waiting, self.settings.most_samples.into()).await {
            tracing::warn!(%error, "verdicts on answers could not be written, they are kept for the next time");
            self.verdicts.put_back(waiting);
        }
    }
}
