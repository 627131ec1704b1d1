//! The old server's session of a login here, for the paths that are passed to it.

use std::time::Duration;

use dragoman_accounts::{
    AccountError, AccountNumber, Accounts, Beside, LoginName, Origin, OwnSession, Realm, clock::Timestamp,
};
use dragoman_passwords::{Presented, Secret};
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
    /// The token before it, which is over there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    former: Option<String>,
}

impl OldSession {
    /// One whose token works until the old server says otherwise.
    pub fn lasting(token: impl Into<String>) -> Self {
        Self { token: token.into(), renewal: None, former: None }
    }

    /// One whose token is soon over, and is then renewed by another.
    pub fn renewable(token: impl Into<String>, renewed_by: impl Into<String>, end: Timestamp) -> Self {
        Self { token: token.into(), renewal: Some((renewed_by.into(), end.millis())), former: None }
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

    /// A token of it that is over.
    fn ended(self, now: Timestamp) -> Option<String> {
        match self.renewal {
            Some((_, end)) if end <= now.millis() => Some(self.token),
            Some(_) | None => self.former,
        }
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
    /// The password as the client sent it.
    pub sent: &'e str,
}

impl<'e> Entry<'e> {
    /// One whose session is stored, by its token.
    pub fn stored(account: AccountNumber, token: &str, sent: &'e str) -> Self {
        Self { own: OwnSession::Stored(token.to_owned()), account, sent }
    }
}

impl There {
    /// After the login has succeeded here: what the old server said to it is kept.
    pub async fn keep(self, old: Option<&Predecessor>, (accounts, realm): (&Accounts, &Realm), entry: Entry<'_>) {
        let Some(old) = old else { return };
        match self {
            Self::NotAsked => {}
            Self::Refused => old.parted.note(entry.account, entry.sent.as_bytes(), accounts.clock().now()),
            Self::Entered(session) => old.keep((accounts, realm), entry.own, &session).await,
        }
    }
}

impl Predecessor {
    /// Sessions there are kept beside those of here: paths are passed, and there is a key to seal them with.
    fn keeps_sessions(&self, accounts: &Accounts) -> bool {
        self.passes && accounts.sealing_key().is_some()
    }

    /// Whether a login here with this password wants one there: its session is kept, and the password was not wrong there before.
    fn wants_session(&self, accounts: &Accounts, account: AccountNumber, sent: &str) -> bool {
        self.keeps_sessions(accounts) && !self.parted.knows(account, sent.as_bytes(), accounts.clock().now())
    }

    /// Whether a login that is judged here wants to be made there as well, before it is made here: where it is what judges a captcha
    /// there. Its password is proven here first, for nobody's guess at an account that is here is the old server's to see.
    ///
    /// # Errors
    /// As [`Accounts::proves`].
    pub async fn wants_login(
        &self,
        (accounts, realm): (&Accounts, &Realm),
        name: &LoginName,
        (presented, sent): (&[Presented], &str),
        origin: &Origin,
    ) -> Result<bool, AccountError> {
        if !self.keeps_sessions(accounts) {
            return Ok(false);
        }
        for reading in presented {
            if let Some(account) = accounts.proves(realm, name, reading.clone(), origin).await? {
                return Ok(self.wants_session(accounts, account, sent));
            }
        }
        Ok(false)
    }

    /// As [`There::keep`]; if the old server was not asked, it is logged in to in the background. The client's answer waits
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
        let wants = self.is_reachable() && self.wants_session(accounts, entry.account, entry.sent);
        if !matches!(there, There::NotAsked) || !wants {
            return there.keep(Some(self), (accounts, realm), entry).await;
        }
        let Entry { own, account, sent } = entry;
        let (this, accounts, realm) = (self.clone(), accounts.clone(), realm.clone());
        let (sent, logging_in) = (Secret::new(sent), log_in(self.clone()));
        self.background.run(account, async move {
            match logging_in.await {
                Ok(Some(session)) => this.keep((&accounts, &realm), own, &session).await,
                Ok(None) => this.parted.note(account, sent.as_bytes(), accounts.clock().now()),
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

    /// Keeps what a session of the old server is now, in the place of what it was. `false`: that was forgotten meanwhile.
    pub async fn replace(&self, (accounts, realm): (&Accounts, &Realm), ours: &str, session: &OldSession) -> bool {
        let Ok(secret) = serde_json::to_string(session) else { return false };
        accounts.replace_old_session(realm, ours, &secret).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "what a session of the old server is now was not kept");
            false
        })
    }

    /// The session of the old server beside a live one of ours.
    ///
    /// # Errors
    /// Nobody knows: the database is away.
    pub async fn beside(
        &self,
        (accounts, realm): (&Accounts, &Realm),
        ours: &str,
    ) -> Result<Option<OldSession>, AccountError> {
        let found = accounts.old_session(realm, ours).await.inspect_err(|error| {
            tracing::warn!(%error, "the session of the old server could not be looked for");
        })?;
        Ok(match found {
            Some(Beside::Itself) => Some(OldSession::lasting(ours)),
            Some(Beside::Kept(text)) => serde_json::from_str(&text).ok(),
            None => None,
        })
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
        let session = match self.found((accounts, realm), account, ours).await {
            Ok(Some(session)) => session,
            Ok(None) => return Swapped::Fresh,
            Err(_) => return Swapped::Withheld,
        };
        let Some(renewed_by) = session.due(accounts.clock().now()) else { return Swapped::For(session.token) };
        match renew(self.clone(), renewed_by).await {
            Ok(Some(fresh)) => {
                let fresh = OldSession { former: Some(session.token), ..fresh };
                // A password may have changed while it was asked.
                let is_kept = self.replace((accounts, realm), ours, &fresh).await;
                if is_kept { Swapped::For(fresh.token) } else { Swapped::Withheld }
            }
            // What is wrong with it, the old server may say.
            Ok(None) | Err(_) => Swapped::For(session.token),
        }
    }

    async fn found(
        &self,
        (accounts, realm): (&Accounts, &Realm),
        account: Option<AccountNumber>,
        ours: &str,
    ) -> Result<Option<OldSession>, AccountError> {
        match (self.beside((accounts, realm), ours).await?, account) {
            (None, Some(account)) => {
                // A page may ask at once after its login. One whose session is there does not wait for another device's.
                self.background.settled(account).await;
                self.beside((accounts, realm), ours).await
            }
            (kept, _) => Ok(kept),
        }
    }

    /// What the old server is given for a token of ours that is over, if its client renews it when he is told so: one of the same
    /// session that is over there.
    pub async fn swap_ended(&self, (accounts, realm): (&Accounts, &Realm), ours: &str) -> Swapped {
        let kept = self.beside((accounts, realm), ours).await;
        let ended = kept.ok().flatten().and_then(|session| session.ended(accounts.clock().now()));
        ended.map_or(Swapped::Withheld, Swapped::For)
    }

    /// Whether the old server is told of new passwords.
    pub fn is_told(&self) -> bool {
        self.password_changes == PasswordChanges::Tell
    }

    /// After a password change here that the old server has taken over.
    pub fn has_taken_over_password(&self, account: AccountNumber, name: &LoginName) {
        self.refusals.forget(name);
        self.parted.forget(account);
    }

    /// After a password change here that the old server does not hear of: its sessions there are forgotten, also those that are about to
    /// begin with the password before.
    pub async fn end(&self, accounts: &Accounts, account: AccountNumber) {
        forget_sessions(accounts, account).await;
        let accounts = accounts.clone();
        self.background.run_after(account, async move { forget_sessions(&accounts, account).await });
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
        if self.is_told() {
            let (this, domain, name) = (self.clone(), accounts.clone(), name.clone());
            let telling = tell(self.clone());
            let begun = self.background.run(account, async move {
                if telling.await == Ok(true) {
                    return this.has_taken_over_password(account, &name);
                }
                tracing::warn!(account = account.0, "the old server did not take over a new password: its pages end");
                // What began earlier has ended.
                forget_sessions(&domain, account).await;
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

async fn forget_sessions(accounts: &Accounts, account: AccountNumber) {
    if let Err(error) = accounts.forget_old_sessions(account).await {
        tracing::warn!(%error, "sessions of the old server were not forgotten after a password change");
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
        assert_eq!(OldSession::lasting("x").ended(end), None);
        assert_eq!(session.clone().ended(end.minus(Duration::from_millis(1))), None);
        assert_eq!(session.clone().ended(end).as_deref(), Some("short"));
        let renewed = OldSession { former: Some("before".to_owned()), ..session.clone() };
        assert_eq!(renewed.ended(end.minus(Duration::from_secs(9))).as_deref(), Some("before"));
        let text = serde_json::to_string(&session).unwrap();
        assert!(serde_json::from_str::<OldSession>(&text).unwrap() == session);
    }
}
