//! Whether an upload still is within the allowances of its account and its network.

use std::time::Duration;

use dragoman_accounts::{AccountError, AccountNumber, Accounts, Allowance, Origin, Realm};

use super::PictureStore;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Allowances are counted in KiB: bytes of years would do, but smaller numbers read better in the table.
const KIB: u64 = 1_024;

impl PictureStore {
    /// Takes a picture of so many bytes off the allowances of its uploader; `false`: one of them is used up.
    ///
    /// # Errors
    /// The database's.
    pub async fn admit(
        &self,
        (accounts, realm): (&Accounts, &Realm),
        (account, origin): (AccountNumber, &Origin),
        bytes: u64,
    ) -> Result<bool, AccountError> {
        let limits = self.limits;
        let allowance =
            |purpose, handle, mib: u32| Allowance { purpose, handle, limit: i64::from(mib) * 1_024, window: DAY };
        let of_account = allowance("uploaded by account", account.to_string(), limits.account_mib_per_day);
        let of_network =
            origin.network.clone().map(|network| allowance("uploaded by network", network, limits.network_mib_per_day));
        let allowances: Vec<Allowance> =
            [Some(of_account), of_network].into_iter().flatten().filter(|allowance| allowance.limit > 0).collect();
        let amount = i64::try_from(bytes.div_ceil(KIB)).unwrap_or(i64::MAX / 2);
        let admitted = allowances.is_empty() || accounts.use_amounts(realm, &allowances, amount).await?;
        if !admitted {
            tracing::warn!(%account, network = origin.network, "pictures: an allowance for uploads is used up");
        }
        Ok(admitted)
    }
}
