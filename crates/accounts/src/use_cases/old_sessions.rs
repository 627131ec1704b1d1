//! An old server's session beside one of ours, for paths that are passed to it. It is kept sealed or not at all, and ends with ours.

use std::time::Duration;

use dragoman_passwords::SealingKey;
use zeroize::Zeroizing;

use crate::{
    AccountError, AccountNumber, Accounts, Realm,
    clock::Timestamp,
    queries::{
        accounts,
        old_sessions::{self, OldSessionRow},
        sessions::{self, token_digest},
    },
    use_cases::sessions::hold_own,
};

/// A session of ours, by one of its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnSession {
    /// It is stored.
    Stored(String),
    /// Its token is signed, and nothing of it is stored.
    Signed {
        /// The token.
        token: String,
        /// Whose it is.
        account: AccountNumber,
        /// How long it works at most.
        life: Duration,
    },
}

/// What is kept beside a session of ours.
#[derive(Clone, PartialEq, Eq)]
pub enum Beside {
    /// Its token is the old server's own, which goes on here.
    Itself,
    /// A session of the old server, as it was given to be kept.
    Kept(Zeroizing<String>),
}

impl Accounts {
    /// Keeps an old server's session beside one of ours, in the place of one from before. `false`: there is no key to seal it with, or ours
    /// has ended meanwhile.
    pub async fn keep_old_session(&self, realm: &Realm, own: OwnSession, secret: &str) -> Result<bool, AccountError> {
        let Some(key) = self.sealing_key() else { return Ok(false) };
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        let sealed = key.seal_text(secret, &*self.inner.randomness);
        self.write(move |connection| {
            let (session, account, end) = match &own {
                OwnSession::Stored(token) => {
                    let digest = token_digest(realm.dialect, token);
                    let Some(own) = hold_own(connection, &realm, &digest)? else { return Ok(false) };
                    (own.family, own.account, None)
                }
                OwnSession::Signed { token, account, life } => {
                    if !accounts::hold(connection, *account)? {
                        return Ok(false);
                    }
                    (token_digest(realm.dialect, token), Some(account.0), Some(now.plus(*life).millis()))
                }
            };
            let sealed = sealed.clone();
            let row = OldSessionRow { session, account, sealed, kept_at: now.millis(), purge_at: end };
            old_sessions::put(connection, &row)?;
            Ok(true)
        })
        .await
    }

    /// As [`Accounts::keep_old_session`] for a stored session, but only in the place of one that is kept still. `false`: none is, it was
    /// forgotten meanwhile.
    pub async fn replace_old_session(&self, realm: &Realm, token: &str, secret: &str) -> Result<bool, AccountError> {
        let Some(key) = self.sealing_key() else { return Ok(false) };
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        let sealed = key.seal_text(secret, &*self.inner.randomness);
        let digest = token_digest(realm.dialect, token);
        self.write(move |connection| {
            let Some(own) = hold_own(connection, &realm, &digest)? else { return Ok(false) };
            Ok(old_sessions::replace(connection, &own.family, &sealed, now)?)
        })
        .await
    }

    /// The token of a stored session is the old server's own: it stands beside itself, which is no secret to be sealed.
    pub async fn note_own_old_token(&self, realm: &Realm, token: &str) -> Result<(), AccountError> {
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        let digest = token_digest(realm.dialect, token);
        self.write(move |connection| {
            let Some(own) = hold_own(connection, &realm, &digest)? else { return Ok(()) };
            let (session, account, sealed) = (own.family, own.account, String::new());
            let row = OldSessionRow { session, account, sealed, kept_at: now.millis(), purge_at: None };
            Ok(old_sessions::put(connection, &row)?)
        })
        .await
    }

    /// The old server's session beside one of ours, which whoever asks has found to be alive.
    pub async fn old_session(&self, realm: &Realm, token: &str) -> Result<Option<Beside>, AccountError> {
        let (scope, now) = (realm.scope.clone(), self.inner.clock.now());
        let digest = token_digest(realm.dialect, token);
        let asked = digest.clone();
        let found = self
            .read(move |connection| match sessions::find(connection, &digest)? {
                Some(own) if *own.scope == *scope => old_sessions::find(connection, &own.family),
                Some(_) => Ok(None),
                None => Ok(old_sessions::find(connection, &digest)?.filter(|row| is_beside_signed(row, now))),
            })
            .await?;
        let Some(row) = found else { return Ok(None) };
        if row.sealed.is_empty() {
            // Tokens that were made of it since are ours.
            return Ok((row.session == asked).then_some(Beside::Itself));
        }
        match SealingKey::open_text(self.sealing_key().as_ref(), &row.sealed) {
            Ok(secret) => Ok(Some(Beside::Kept(secret))),
            Err(error) => {
                tracing::warn!(%error, account = row.account, "a session of the old server cannot be opened");
                Ok(None)
            }
        }
    }

    /// Forgets every session of an old server that an account has: its password there is another now.
    pub async fn forget_old_sessions(&self, account: AccountNumber) -> Result<(), AccountError> {
        self.write(move |connection| Ok(old_sessions::delete_all_of_account(connection, account)?)).await
    }
}

fn is_beside_signed(row: &OldSessionRow, now: Timestamp) -> bool {
    row.purge_at.is_some_and(|end| end > now.millis())
}
