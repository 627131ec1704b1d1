//! The old server's session of a login here, for the paths that are passed to it.

use std::time::Duration;

use dragoman_accounts::{AccountNumber, Accounts, LoginName, OwnSession, Realm, clock::Timestamp};
use dragoman_passwords::Secret;
use serde::{Deserialize, Serialize};

use super::{Predecessor, Undecided};
use crate::{PasswordChanges, Swapped};

/// So long before its end a token is renewed: it may be under way for a while.
const MARGIN: Duration = Duration::from_secs(15);

/// A session of the old server. It has no `Debug`: nothing of it belongs into a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldSession {
    /// What its pages want to see.
    token: String,
    /// By which it gives another token, and until when this one works, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    renewal: Option<(String, i64)>,
}

impl OldSession {
    /// One whose token works until the old server says otherwise.
    pub fn lasting(token: impl Into<String>) -> Self {
        Self { token: token.into(), renewal: None }
    }

    /// One whose token is soon over, and is then renewed by another.
    pub fn renewable(token: impl Into<String>, renewed_by: impl Into<String>, end: Timestamp) -> Self {
        Self { token: token.into(), renewal: Some((renewed_by.into(), end.millis())) }
    }

    /// What its pages want to see.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// By which it is to be renewed now.
    fn due(&self, now: Timestamp) -> Option<String> {
        let (renewed_by, end) = self.renewal.as_ref()?;
        (now.plus(MARGIN).millis() >= *end).then(|| renewed_by.clone())
    }
}

/// What the old server said to a login.
pub enum There {
    /// Nothing: it is ours to judge.
    NotAsked,
    /// No.
    Refused,
    /// Yes, and this session began.
    Entered(OldSession),
}

/// A login that has succeeded here.
pub struct Entry<'e> {
    /// The session it began.
    pub own: OwnSession,
    /// Whose it is.
    pub account: AccountNumber,
    /// By what the account was meant.
    pub name: &'e LoginName,
    /// The password as the client sent it.
    pub sent: &'e [u8],
}

impl Predecessor {
    /// Whether a login here with this password wants one there: paths are passed, its session can be kept, and the password was not
    /// wrong there before.
    pub fn wants_session(&self, accounts: &Accounts, name: &LoginName, sent: &[u8]) -> bool {
        self.passes && accounts.sealing_key().is_some() && !self.parted.knows(name, sent, accounts.clock().now())
    }

    /// Keeps what the old server said to a login that has succeeded here.
    pub async fn keep_entry(&self, (accounts, realm): (&Accounts, &Realm), entry: Entry<'_>, there: There) {
        match there {
            There::NotAsked => {}
            There::Refused => self.parted.note(entry.name, entry.sent, accounts.clock().now()),
            There::Entered(session) => self.keep((accounts, realm), entry.own, &session).await,
        }
    }

    /// As [`Predecessor::keep_entry`]; if the old server was not asked, it is logged in to in the background. The client's answer waits
    /// for nothing of that, and no outcome of it matters to him.
    pub async fn accompany<F>(
        &self,
        (accounts, realm): (&Accounts, &Realm),
        entry: Entry<'_>,
        there: There,
        log_in: impl FnOnce(Self) -> F,
    ) where
        F: Future<Output = Result<Option<OldSession>, Undecided>> + Send + 'static,
    {
        let wants = self.is_reachable() && self.wants_session(accounts, entry.name, entry.sent);
        if !matches!(there, There::NotAsked) || !wants {
            return self.keep_entry((accounts, realm), entry, there).await;
        }
        let Entry { own, account, name, sent } = entry;
        let (this, accounts, realm) = (self.clone(), accounts.clone(), realm.clone());
        let (name, sent, logging_in) = (name.clone(), Secret::new(sent), log_in(self.clone()));
        self.background.run(account, async move {
            match logging_in.await {
                Ok(Some(session)) => this.keep((&accounts, &realm), own, &session).await,
                Ok(None) => this.parted.note(&name, sent.as_bytes(), accounts.clock().now()),
                // The client of the old server has logged why.
                Err(_) => {}
            }
        });
    }

    /// Keeps a session beside one of ours, if paths are passed at all.
    pub async fn keep(&self, (accounts, realm): (&Accounts, &Realm), own: OwnSession, session: &OldSession) {
        if !self.passes {
            return;
        }
        let Ok(secret) = serde_json::to_string(session) else { return };
        if let Err(error) = accounts.keep_old_session(realm, own, &secret).await {
            tracing::warn!(%error, "a session of the old server was not kept: its pages take this login for none");
        }
    }

    /// The session of the old server beside a live one of ours.
    pub async fn beside(&self, (accounts, realm): (&Accounts, &Realm), ours: &str) -> Option<OldSession> {
        match accounts.old_session(realm, ours).await {
            Ok(kept) => serde_json::from_str(&kept?).ok(),
            Err(error) => {
                tracing::warn!(%error, "the session of the old server could not be looked for");
                None
            }
        }
    }

    /// What the old server is given for the token of a live session of ours. One that is over is renewed, where its dialect can.
    pub async fn swap<F>(
        &self,
        (accounts, realm): (&Accounts, &Realm),
        account: Option<AccountNumber>,
        ours: &str,
        renew: impl FnOnce(Self, String) -> F,
    ) -> Swapped
    where
        F: Future<Output = Result<Option<OldSession>, Undecided>> + Send,
    {
        let mut kept = self.beside((accounts, realm), ours).await;
        if let (None, Some(account)) = (&kept, account) {
            // A page may ask at once after its login. One whose session is there does not wait for another device's.
            self.background.settled(account).await;
            kept = self.beside((accounts, realm), ours).await;
        }
        let Some(session) = kept else { return Swapped::Withheld };
        let Some(renewed_by) = session.due(accounts.clock().now()) else { return Swapped::For(session.token) };
        match renew(self.clone(), renewed_by).await {
            Ok(Some(fresh)) => {
                self.keep((accounts, realm), OwnSession::Stored(ours.to_owned()), &fresh).await;
                Swapped::For(fresh.token)
            }
            // What is wrong with it, the old server may say.
            Ok(None) | Err(_) => Swapped::For(session.token),
        }
    }

    /// Whether the old server is told of new passwords.
    pub fn is_told(&self) -> bool {
        self.password_changes == PasswordChanges::Tell
    }

    /// After a password change here: its sessions there are forgotten.
    pub async fn end(&self, accounts: &Accounts, account: AccountNumber) {
        if let Err(error) = accounts.forget_old_sessions(account).await {
            tracing::warn!(%error, "sessions of the old server were not forgotten after a password change");
        }
    }

    /// After a password change here: the old server is told in the background, if it is to be told; otherwise, or if it does not hear of it,
    /// its sessions are forgotten. `tell` gives whether it has the new password.
    pub async fn after_password_change<F>(
        &self,
        accounts: &Accounts,
        account: AccountNumber,
        name: &LoginName,
        tell: impl FnOnce(Self) -> F,
    ) where
        F: Future<Output = Result<bool, Undecided>> + Send + 'static,
    {
        self.forget_refusals(name);
        if self.is_told() {
            let (this, domain, telling) = (self.clone(), accounts.clone(), tell(self.clone()));
            let begun = self.background.run(account, async move {
                if telling.await != Ok(true) {
                    tracing::warn!(
                        account = account.0,
                        "the old server did not take over a new password: its pages end"
                    );
                    this.end(&domain, account).await;
                }
            });
            if begun {
                return;
            }
            tracing::warn!(
                account = account.0,
                "too much is under way to tell the old server of a new password: its pages end"
            );
        }
        self.end(accounts, account).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_due_shortly_before_its_end() {
        let end = Timestamp::from_seconds(1_000);
        let session = OldSession::renewable("short", "long", end);
        assert_eq!(session.due(end.minus(Duration::from_secs(16))), None);
        assert_eq!(session.due(end.minus(Duration::from_secs(15))).as_deref(), Some("long"));
        assert_eq!(OldSession::lasting("x").due(end), None);
        let text = serde_json::to_string(&session).unwrap();
        assert!(serde_json::from_str::<OldSession>(&text).unwrap() == session);
    }
}
