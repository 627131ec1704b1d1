//! Backups at their time: of several replicas one makes each.

use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use dragoman_accounts::{Accounts, Origin};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::backups::Schedule;

/// Between two looks at the clock.
const LOOK: Duration = Duration::from_secs(60);
/// After a backup that failed.
const AGAIN: Duration = Duration::from_secs(60 * 60);
const JOB: &str = "backup_turn";

/// Runs until it is aborted; ends at once if no backups are wanted.
pub(super) async fn run(accounts: Accounts, schedule: Schedule, data_folder: PathBuf) {
    if !schedule.is_wanted() {
        return;
    }
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        match accounts.take_turn(JOB, schedule.every()).await {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) => {
                tracing::warn!(%error, "whether a backup is due is not known");
                continue;
            }
        }
        loop {
            match make(schedule.clone(), data_folder.clone()).await {
                Ok(name) => {
                    tracing::info!(name, "backup made");
                    if let Err(error) = accounts.record_act("backup made", Origin::at("schedule"), Some(&name)).await {
                        tracing::warn!(%error, "the backup is not in the audit");
                    }
                    break;
                }
                Err(reason) => tracing::error!(reason, "no backup could be made; trying again in an hour"),
            }
            sleep(AGAIN).await;
        }
    }
}

/// On a thread of its own: a database is read and compressed for as long as it takes.
async fn make(schedule: Schedule, data_folder: PathBuf) -> Result<String, String> {
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        // Boxed: the runtime has three loops, and into each the whole work would be compiled.
        let making: Pin<Box<dyn Future<Output = _> + '_>> = Box::pin(schedule.make(&data_folder));
        runtime.map_err(|error| error.to_string())?.block_on(making)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
}
