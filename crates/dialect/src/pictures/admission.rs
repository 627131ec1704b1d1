//! Whether an upload still is within the allowances of its account and its network.

use std::time::Duration;

use dragoman_accounts::{AccountError, AccountNumber, Accounts, Allowance, Origin};

use super::PictureStore;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Allowances are counted in KiB: bytes of years would do, but smaller numbers read better in the table.
const KIB: u64 = 1_024;
/// What a picture counts at the least, in KiB: a thousand tiny ones take as many places on a disk as a thousand large ones.
const SMALLEST: u64 = 64;

impl PictureStore {
    /// Takes a picture of so many bytes, at least 64 KiB, off the allowances of its uploader; `false`: one of them is used up.
    ///
    /// # Errors
    /// The database's.
    pub async fn admit(
        &self,
        accounts: &Accounts,
        (account, origin): (AccountNumber, &Origin),
        bytes: u64,
    ) -> Result<bool, AccountError> {
        let kib = |mib: u32| i64::from(mib) * 1_024;
        let (of_account, of_network) = (kib(self.limits.account_mib_per_day), kib(self.limits.network_mib_per_day));
        let account_wide =
            Allowance { purpose: "uploaded by account", handle: account.to_string(), limit: of_account, window: DAY };
        let mut allowances = Allowance::of_network("uploaded by network", origin, of_network, DAY);
        allowances.push(account_wide);
        allowances.retain(|allowance| allowance.limit > 0);
        let amount = i64::try_from(bytes.div_ceil(KIB).max(SMALLEST)).unwrap_or(i64::MAX / 2);
        let admitted = allowances.is_empty() || accounts.use_amounts(&allowances, amount).await?;
        if !admitted {
            tracing::warn!(%account, network = origin.network, "pictures: an allowance for uploads is used up");
        }
        Ok(admitted)
    }
}
