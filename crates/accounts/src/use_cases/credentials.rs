//! Between the stored texts and the schemes they name.

use dragoman_passwords::{Caller, Scheme, SealingKey, Secret, Unsealed, View, fresh_credentials};
use dragoman_store::Connection;

use crate::{
    AccountError, AccountNumber, Accounts, Inner, Realm,
    identity::{EVERYWHERE, IdentityKind},
    queries::{
        credentials::{self, StoredCredential},
        identities,
    },
};

/// The digest views an operator switched on, by the scope of the mount they log in at (one-domain.md P3).
#[derive(Debug, Clone, Default)]
pub(crate) struct DigestViews(Vec<(String, Vec<View>)>);

/// Accounts whose digests are dropped in one write.
const BATCH: i64 = 500;

impl DigestViews {
    fn set(&mut self, scope: &str, views: &[View]) {
        self.0.retain(|(known, _)| known != scope);
        self.0.push((scope.to_owned(), views.to_vec()));
    }

    /// Those to keep of a password: what any mount takes.
    pub fn kept(&self) -> Vec<View> {
        let mut kept = Vec::new();
        for view in self.0.iter().flat_map(|(_, views)| views) {
            if !kept.contains(view) {
                kept.push(*view);
            }
        }
        kept
    }

    /// Those a realm takes.
    pub fn taken_by(&self, realm: &Realm) -> Vec<View> {
        let own = self.0.iter().find(|(scope, _)| **scope == *realm.scope);
        own.map(|(_, views)| views.clone()).unwrap_or_default()
    }

    /// The name `user_md5` is made from: the one a digest realm shows (P4).
    pub fn username(&self, connection: &mut Connection, account: AccountNumber) -> diesel::QueryResult<Option<String>> {
        for scope in self.0.iter().map(|(scope, _)| scope.as_str()).chain([EVERYWHERE]) {
            let name = identities::of_account(connection, account, IdentityKind::Username, scope)?;
            if let Some(name) = name {
                return Ok(Some(name.value));
            }
        }
        Ok(None)
    }
}

/// A view's credentials as they are stored.
pub(crate) fn to_stored(views: &[(View, Scheme)]) -> Vec<StoredCredential> {
    views.iter().map(|(view, scheme)| (view.name().to_owned(), scheme.to_string())).collect()
}

/// Reads stored credentials; what no version of this program wrote is left out and reported.
///
/// # Errors
/// `Unavailable` where one is sealed with a key that is not at hand: that is never a wrong password.
pub(crate) fn from_stored(
    account: AccountNumber,
    stored: &[StoredCredential],
    key: Option<&SealingKey>,
) -> Result<Vec<(View, Scheme)>, AccountError> {
    let mut views = Vec::with_capacity(stored.len());
    for (view, verifier) in stored {
        match (View::from_name(view), SealingKey::open(key, verifier)) {
            (Some(view), Ok(scheme)) => views.push((view, scheme)),
            (_, Err(Unsealed::Unknown(_))) | (None, _) => {
                tracing::error!(%account, view, "a stored credential is of no known scheme");
            }
            (Some(_), Err(error @ (Unsealed::KeyMissing { .. } | Unsealed::Damaged))) => {
                tracing::error!(%account, view, %error, "a password cannot be checked");
                return Err(AccountError::Unavailable);
            }
        }
    }
    Ok(views)
}

impl Accounts {
    /// Takes, from now on, these digests at a realm and keeps them beside the native hash of every password; none switches
    /// them off there. The realm's names go into the digest that holds a name.
    pub fn set_digest_views(&self, realm: &Realm, views: &[View]) {
        let mut digest_views = self.inner.digest_views.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        digest_views.set(&realm.scope, views);
    }

    /// Deletes stored digests that are switched off, of every account whose password is kept without them; gives how
    /// many accounts that were. Those of an account known by its digest only stay: it would have no password.
    pub async fn drop_disabled_digests(&self) -> Result<usize, AccountError> {
        let enabled = self.digest_views().kept();
        let digests = [View::UserMd5, View::SelfMd5, View::Md5];
        let disabled: Vec<&str> =
            digests.iter().filter(|view| !enabled.contains(view)).map(|view| view.name()).collect();
        let (mut after, mut dropped) = (0, 0);
        loop {
            let disabled = disabled.clone();
            let batch = self.write(move |connection| {
                let accounts = credentials::accounts_with(connection, &disabled, after, BATCH)?;
                let plain = View::Plain.name();
                let secured = credentials::delete_views_beside(connection, &accounts, plain, &disabled)?;
                Ok((accounts.last().copied(), secured))
            });
            let (last, secured) = batch.await?;
            dropped += secured;
            let Some(last) = last else { return Ok(dropped) };
            after = last;
        }
    }

    pub(crate) fn digest_views(&self) -> DigestViews {
        self.inner.digest_views.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Hashes a plain password into every view it is to be kept in, on the hashing pool.
    pub(crate) async fn hash(
        &self,
        password: Secret,
        username: Option<String>,
        caller: &Caller,
    ) -> Result<Vec<StoredCredential>, AccountError> {
        let (domain, digests) = (self.clone(), self.digest_views().kept());
        let hashed = self
            .inner
            .hashing
            .run(caller, move || {
                let Inner { hasher, randomness, .. } = &*domain.inner;
                fresh_credentials(&password, username.as_deref(), &digests, hasher.cost(), &**randomness)
            })
            .await;
        match hashed {
            Ok(views) => Ok(to_stored(&views)),
            Err(_) => Err(AccountError::Busy),
        }
    }
}
