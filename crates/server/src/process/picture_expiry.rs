//! Takes uploads that nobody shows out of the store, once a day.

use std::time::Duration;

use dragoman_accounts::Accounts;
use dragoman_dialect::pictures::PictureStore;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::unused_pictures::{Place, remove_unused};

/// The first round waits a while: a server that is started again and again should not list its store each time.
const FIRST: Duration = Duration::from_secs(60 * 60);
const ROUND: Duration = Duration::from_secs(24 * 60 * 60);

/// Runs until it is aborted. A round that fails is told in the log and tried again the next day.
pub(super) async fn run(accounts: Accounts, store: PictureStore, places: Vec<Place>, unused_for: Option<Duration>) {
    let Some(age) = unused_for else { return };
    let mut rounds = interval_at(Instant::now() + FIRST, ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        match remove_unused(&accounts, &store, &places, age).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "pictures: uploads that nobody showed were removed"),
            Err(reason) => tracing::warn!(reason, "pictures: unused uploads could not be looked for"),
        }
    }
}
