//! Weak hashes of an import that are still sealed are wrapped in bcrypt while the server serves, out of the way of logins.

use std::path::PathBuf;
use std::time::Duration;

use dragoman_accounts::{AccountNumber, Accounts};
use dragoman_passwords::{Caller, Standing};

use super::sealing_key;
use crate::config::PasswordSettings;

/// Accounts of one call: what is lost when the process is killed.
const BATCH: usize = 20;
/// Between two looks for something to do. Another replica may be at it; then nothing is left at the next look.
const PAUSE: Duration = Duration::from_secs(60);

/// Between two looks for a key, where there is none yet: an import beside a running server makes it, and waits for longer
/// before it stores what is sealed with it.
const KEY_PAUSE: Duration = Duration::from_secs(1);

/// Wraps until the process ends.
pub(super) async fn run(accounts: Accounts, passwords: PasswordSettings, data_folder: PathBuf) {
    let caller = Caller::new(Standing::Background, None);
    while accounts.sealing_key().is_none() {
        match sealing_key(&passwords, &data_folder) {
            Ok(Some(key)) => accounts.set_sealing_key(key),
            Ok(None) => tokio::time::sleep(KEY_PAUSE).await,
            Err(error) => {
                tracing::error!(%error, "the key of imported hashes cannot be read");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    loop {
        let (mut wrapped, mut after) = (0, Some(AccountNumber(0)));
        while let Some(number) = after {
            match accounts.wrap_sealed(number, BATCH, &caller).await {
                Ok(batch) => {
                    wrapped += batch.accounts;
                    after = batch.next;
                }
                Err(error) => {
                    tracing::warn!(%error, "wrapping imported hashes stopped; it goes on later");
                    after = None;
                }
            }
        }
        if wrapped > 0 {
            tracing::info!(accounts = wrapped, "imported hashes were wrapped");
        }
        tokio::time::sleep(PAUSE).await;
    }
}
