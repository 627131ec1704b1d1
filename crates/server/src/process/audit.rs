//! Seals what happened, and deletes what is older than it is kept.

use std::time::Duration;

use dragoman_accounts::Accounts;
use tokio::time::{MissedTickBehavior, interval};

use crate::config::AuditSettings;

/// Rounds of sealing between two of deleting.
const ROUNDS: u32 = 60;

/// Runs until it is aborted; not in a testing server, whose randomness tests reckon with. A round that fails is told in the log and made up for by the next.
pub(super) async fn run(accounts: Accounts, settings: AuditSettings, testing: bool) {
    if testing {
        return;
    }
    let mut rounds = interval(Duration::from_secs(settings.seal_seconds));
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for round in (0..ROUNDS).cycle() {
        rounds.tick().await;
        if let Err(error) = accounts.seal_audit().await {
            tracing::warn!(%error, "the audit could not be sealed");
        }
        let Some(keep) = settings.kept_for().filter(|_| round == 0) else { continue };
        match accounts.prune_audit(keep).await {
            Ok(0) => {}
            Ok(records) => tracing::info!(records, "deleted old records of the audit"),
            Err(error) => tracing::warn!(%error, "old records of the audit could not be deleted"),
        }
    }
}
