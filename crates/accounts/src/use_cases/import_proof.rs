//! What proves that an old account and one that is here are one person's. Nobody logs in by it, and no attempt is counted.

use dragoman_passwords::{Caller, Presented, Scheme, Secret, Standing, View, check, is_same_password};

use crate::{AccountError, AccountNumber, Accounts, queries::credentials, use_cases::credentials::from_stored};

impl Accounts {
    /// Whether a password is that of an account, whose name some digests have in them (operator).
    pub async fn is_password_of(
        &self,
        account: AccountNumber,
        username: &str,
        password: &Secret,
    ) -> Result<bool, AccountError> {
        let (username, presented) = (username.to_owned(), Presented::Plain(password.clone()));
        self.prove(account, move |held| check(held, Some(&username), &presented, &[]).is_some()).await
    }

    /// Whether the verifiers of an old account prove that it has the password of an account that is here.
    pub async fn has_password_of(
        &self,
        account: AccountNumber,
        views: Vec<(View, Scheme)>,
    ) -> Result<bool, AccountError> {
        self.prove(account, move |held| is_same_password(&views, held)).await
    }

    async fn prove(
        &self,
        account: AccountNumber,
        proof: impl FnOnce(&[(View, Scheme)]) -> bool + Send + 'static,
    ) -> Result<bool, AccountError> {
        let stored = self.read(move |connection| credentials::of_account(connection, account)).await?;
        let held = from_stored(account, &stored, self.sealing_key().as_ref())?;
        let caller = Caller::new(Standing::Ordinary, None);
        self.inner.hashing.run(&caller, move || proof(&held)).await.map_err(|_| AccountError::Busy)
    }
}
