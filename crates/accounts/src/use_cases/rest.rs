//! How passwords rest: weak verifiers of an import are sealed, then wrapped in bcrypt; and what checking them costs.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use dragoman_passwords::{AtRest, Caller, Dearest, Scheme, SealingKey, Standing, View, wrap_all};
use dragoman_store::Connection;
use tokio::task::{JoinError, JoinSet};

use crate::{
    AccountError, AccountNumber, Accounts,
    queries::{
        accounts,
        credentials::{self, StoredCredential},
    },
    use_cases::credentials::{from_stored, to_stored},
};

/// How many accounts of a database have a password that rests in which way.
pub type Rests = BTreeMap<AtRest, u64>;

/// What one call of [`Accounts::wrap_sealed`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrapped {
    /// Accounts whose verifiers are wrapped now.
    pub accounts: usize,
    /// Where the next call goes on; `None`: none is left behind this one.
    pub next: Option<AccountNumber>,
}

/// Rows read at once.
const PAGE: i64 = 1_000;
/// How sealed texts begin.
const SEALED: &str = "{sealed ";

/// How an account's password rests. Where only digests of it are known, the gateway's own hash is one over an old digest.
fn rest_of(stored: &[StoredCredential]) -> Option<AtRest> {
    let weakest = stored.iter().filter_map(|(_, verifier)| AtRest::of(verifier).ok()).min()?;
    let has_plain = stored.iter().any(|(view, _)| view == View::Plain.name());
    Some(if weakest == AtRest::Native && !has_plain { AtRest::Wrapped } else { weakest })
}

/// An account whose verifiers wait for being wrapped, and what becomes of them.
struct Rewrite {
    account: AccountNumber,
    stored: Vec<StoredCredential>,
    wrapped: Vec<StoredCredential>,
}

fn collect(
    done: Option<Result<Result<Rewrite, AccountError>, JoinError>>,
    rewrites: &mut Vec<Rewrite>,
) -> Result<(), AccountError> {
    match done {
        Some(Ok(Ok(rewrite))) => rewrites.push(rewrite),
        // It gave way to somebody's login and stays sealed until the next call.
        Some(Ok(Err(AccountError::Busy))) | None => {}
        Some(Ok(Err(error))) => return Err(error),
        Some(Err(_)) => return Err(AccountError::Internal),
    }
    Ok(())
}

impl Accounts {
    /// The key that weak verifiers are sealed with from now on, and opened.
    pub fn set_sealing_key(&self, key: SealingKey) {
        *self.inner.sealing_key.write().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    /// The key at hand.
    pub fn sealing_key(&self) -> Option<SealingKey> {
        self.inner.sealing_key.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The texts verifiers are stored as, none of them weak: sealed if there is a key, else wrapped at once.
    pub async fn to_rest(&self, views: Vec<(View, Scheme)>) -> Result<Vec<StoredCredential>, AccountError> {
        if let Some(key) = self.sealing_key() {
            let seal = |(view, scheme): &(View, Scheme)| (view.name().to_owned(), key.seal(scheme, self.randomness()));
            return Ok(views.iter().map(seal).collect());
        }
        if views.iter().all(|(_, scheme)| !scheme.is_weak()) {
            return Ok(to_stored(&views));
        }
        self.wrap(views, &Caller::new(Standing::Ordinary, None)).await
    }

    /// Wraps the sealed verifiers of at most `limit` accounts after `after`, as many at once as `caller` may; in the
    /// background it keeps out of the way of logins, and what gave way to them stays sealed until the next call. Run again,
    /// or on two replicas at once, it does no harm: an account whose password was changed or upgraded meanwhile is left alone.
    ///
    /// # Errors
    /// `Unavailable` also where the key is missing.
    pub async fn wrap_sealed(
        &self,
        after: AccountNumber,
        limit: usize,
        caller: &Caller,
    ) -> Result<Wrapped, AccountError> {
        let (sealed, next) = self.page(after, Some(SEALED), limit).await?;
        // With what else they have: an account is written as a whole.
        let whole = move |connection: &mut Connection| {
            let numbers = sealed.iter().map(|(account, _)| *account);
            numbers.map(|account| Ok((account, credentials::of_account(connection, account)?))).collect()
        };
        let accounts: Vec<(AccountNumber, Vec<StoredCredential>)> = self.read(whole).await?;
        let (mut hashing, mut rewrites) = (JoinSet::new(), Vec::new());
        for (account, stored) in accounts {
            // Enough that no thread waits for the next, and the queue stays free for others.
            if hashing.len() >= self.inner.hashing.threads() * 2 {
                collect(hashing.join_next().await, &mut rewrites)?;
            }
            let (domain, caller, key) = (self.clone(), caller.clone(), self.sealing_key());
            hashing.spawn(async move {
                let views = from_stored(account, &stored, key.as_ref())?;
                let wrapped = domain.wrap(views, &caller).await?;
                Ok(Rewrite { account, stored, wrapped })
            });
        }
        while let Some(done) = hashing.join_next().await {
            collect(Some(done), &mut rewrites)?;
        }
        Ok(Wrapped { accounts: self.store_wrapped(rewrites).await?, next })
    }

    async fn wrap(&self, views: Vec<(View, Scheme)>, caller: &Caller) -> Result<Vec<StoredCredential>, AccountError> {
        let domain = self.clone();
        let wrap = move || to_stored(&wrap_all(views, domain.inner.hasher.cost(), &*domain.inner.randomness));
        self.inner.hashing.run(caller, wrap).await.map_err(|_| AccountError::Busy)
    }

    async fn store_wrapped(&self, rewrites: Vec<Rewrite>) -> Result<usize, AccountError> {
        let (rewrites, now) = (Arc::new(rewrites), self.inner.clock.now());
        self.write(move |connection| {
            let mut written = 0;
            for Rewrite { account, stored, wrapped } in rewrites.iter() {
                if accounts::hold(connection, *account)? && credentials::of_account(connection, *account)? == *stored {
                    credentials::replace(connection, *account, wrapped, now)?;
                    written += 1;
                }
            }
            Ok(written)
        })
        .await
    }

    /// How many accounts have a password that rests in which way; one with several verifiers counts by the weakest of them.
    pub async fn passwords_at_rest(&self) -> Result<Rests, AccountError> {
        let mut rests = Rests::new();
        self.each_account(|_, stored| {
            if let Some(rest) = rest_of(stored) {
                *rests.entry(rest).or_default() += 1;
            }
        })
        .await?;
        Ok(rests)
    }

    /// Finds the dearest verifiers of the store and makes every failed check take as long as they do (one-domain P13).
    /// Errors: as [`Accounts::find_dearest`] and [`Accounts::measure`].
    pub async fn measure_dearest(&self) -> Result<(), AccountError> {
        self.measure(self.find_dearest().await?).await
    }

    /// The dearest verifiers of the store, all of which are read for it.
    pub async fn find_dearest(&self) -> Result<Dearest, AccountError> {
        let (mut dearest, key) = (Dearest::default(), self.sealing_key());
        self.each_account(|account, stored| {
            // Reported when somebody logs in.
            if let Ok(views) = from_stored(account, stored, key.as_ref()) {
                dearest.note(&views);
            }
        })
        .await?;
        Ok(dearest)
    }

    /// Makes every failed check take as long as these do. Gives way to whoever waits for an answer: `Busy`, to be tried again.
    pub async fn measure(&self, dearest: Dearest) -> Result<(), AccountError> {
        let domain = self.clone();
        let measure = move || domain.inner.hasher.measure(dearest);
        self.inner.hashing.run(&Caller::new(Standing::Background, None), measure).await.map_err(|_| AccountError::Busy)
    }

    async fn each_account(
        &self,
        mut visit: impl FnMut(AccountNumber, &[StoredCredential]),
    ) -> Result<(), AccountError> {
        let mut after = Some(AccountNumber(0));
        while let Some(number) = after {
            let (accounts, next) = self.page(number, None, usize::MAX).await?;
            accounts.iter().for_each(|(account, stored)| visit(*account, stored));
            after = next;
        }
        Ok(())
    }

    /// The next accounts with all their verifiers, or those that begin so; and the last of them, if more may follow.
    async fn page(
        &self,
        after: AccountNumber,
        beginning: Option<&'static str>,
        limit: usize,
    ) -> Result<(Vec<(AccountNumber, Vec<StoredCredential>)>, Option<AccountNumber>), AccountError> {
        let rows = self.read(move |connection| credentials::page(connection, after.0, beginning, PAGE)).await?;
        let is_full = i64::try_from(rows.len()).is_ok_and(|rows| rows == PAGE);
        let mut accounts: Vec<(AccountNumber, Vec<StoredCredential>)> = Vec::new();
        for (number, view, verifier) in rows {
            match accounts.last_mut() {
                Some((last, stored)) if last.0 == number => stored.push((view, verifier)),
                _ => accounts.push((AccountNumber(number), vec![(view, verifier)])),
            }
        }
        // The last one may go on in the next page.
        if is_full && accounts.len() > 1 {
            accounts.pop();
        }
        let is_cut = accounts.len() > limit;
        accounts.truncate(limit);
        let next = accounts.last().filter(|_| is_full || is_cut).map(|(number, _)| *number);
        Ok((accounts, next))
    }
}
