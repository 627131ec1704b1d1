//! Secrets of a whole deployment (medusa 3.1 and 3.7): whoever knows one may register, or reset passwords.

use crate::{
    AccountError, Accounts, Origin, Realm, ThrottlePolicy,
    throttle::{Counters, Target},
};

impl Accounts {
    /// Whether a presented secret counts as right. Wrong ones are counted like wrong passwords, for the network and for the
    /// secret and network; beyond a limit a right one counts as wrong too. Strangers elsewhere shut nobody out: the secret has no
    /// counter over all networks.
    ///
    /// `purpose` names the secret; `is_right` is what its comparison said.
    pub async fn weigh_secret(
        &self,
        realm: &Realm,
        purpose: &'static str,
        is_right: bool,
        origin: &Origin,
    ) -> Result<bool, AccountError> {
        let Some(policy) = realm.throttle else { return Ok(is_right) };
        let policy = ThrottlePolicy { per_account: 0, ..policy };
        // No name begins with a NUL, so no account shares the counter.
        let name = format!("\0{purpose}");
        let counters = Counters::of(policy, &Target::Unknown { dialect: realm.dialect, name: &name }, origin);
        if is_right {
            let now = self.inner.clock.now();
            return Ok(!self.read(move |connection| counters.is_over(connection, now)).await?);
        }
        match self.settle_failure(&Some(counters)).await {
            Ok(()) | Err(AccountError::Throttled) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
