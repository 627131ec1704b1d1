//! Keeps failed logins as long as those for the dearest verifiers of the database (one-domain P13).

use std::time::Duration;

use dragoman_accounts::Accounts;
use tokio::time::{MissedTickBehavior, interval};

/// Accounts that another process made are met at their first login at the latest; until then this finds them.
const PAUSE: Duration = Duration::from_secs(10 * 60);

/// Runs until it is aborted. A round that fails is told in the log and tried again at the next.
pub(super) async fn run(accounts: Accounts) {
    let mut rounds = interval(PAUSE);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        if let Err(error) = accounts.measure_dearest().await {
            tracing::warn!(%error, "the dearest passwords could not be measured");
        }
    }
}
