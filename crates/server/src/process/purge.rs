//! Takes what has expired out of the database, and makes what a version before did not make, round after round, on every replica.

use std::time::Duration;

use dragoman_accounts::Accounts;
use tokio::time::{MissedTickBehavior, interval};

/// Runs until it is aborted. A round that fails is told in the log and tried again at the next.
pub(super) async fn run(accounts: Accounts, pause: Duration) {
    let mut rounds = interval(pause);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        match accounts.purge().await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "purged what had expired"),
            Err(error) => tracing::warn!(%error, "purging failed"),
        }
        match accounts.make_search_keys().await {
            Ok(0) => {}
            Ok(identities) => tracing::info!(identities, "can be found by their beginnings now"),
            Err(error) => {
                tracing::warn!(%error, "identities without search keys are not found; the next round makes them")
            }
        }
    }
}
