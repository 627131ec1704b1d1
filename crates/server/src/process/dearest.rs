//! Keeps failed logins as long as those for the dearest verifiers of the database (one-domain P13).

use std::time::Duration;

use dragoman_accounts::{AccountError, Accounts};
use tokio::time::sleep;

/// Accounts that another process made are met at their first login at the latest; until then this finds them.
const PAUSE: Duration = Duration::from_secs(10 * 60);

/// After it gave way to logins.
const GAVE_WAY: Duration = Duration::from_secs(1);

/// Runs until it is aborted. A round that fails is told in the log and tried again at the next.
pub(super) async fn run(accounts: Accounts) {
    loop {
        if let Err(error) = round(&accounts).await {
            tracing::warn!(%error, "the dearest passwords could not be measured");
        }
        sleep(PAUSE).await;
    }
}

/// Reads the store once, however often it gives way.
async fn round(accounts: &Accounts) -> Result<(), AccountError> {
    let dearest = accounts.find_dearest().await?;
    loop {
        match accounts.measure(dearest.clone()).await {
            Err(AccountError::Busy) => sleep(GAVE_WAY).await,
            measured => return measured,
        }
    }
}
