//! A password that is proven before what it is for is judged: nothing is counted or written.

use dragoman_passwords::Presented;

use super::{
    LoginName,
    password_check::{Purpose, Verdict},
};
use crate::{AccountError, AccountNumber, Accounts, Origin, Realm};

impl Accounts {
    /// Whose password this is, if it is right and its owner may log in. It counts for nothing, right or wrong: the login or the
    /// change that it is for follows, and counts. The limits on failed attempts and the hashing queue hold as for a login.
    ///
    /// Errors: `Throttled`, `Busy`.
    pub async fn proves(
        &self,
        realm: &Realm,
        name: &LoginName,
        presented: Presented,
        origin: &Origin,
    ) -> Result<Option<AccountNumber>, AccountError> {
        let candidate = self.candidate(realm, name.clone().into_whose(), "", origin.clone()).await?;
        let verdict = self.verify(realm, &candidate, presented, origin, Purpose::Proof).await?;
        let owner = candidate.member.filter(|member| !member.account.locked);
        Ok(match verdict {
            Verdict::Wrong => None,
            Verdict::Right { .. } => owner.map(|member| member.account.number),
        })
    }
}
