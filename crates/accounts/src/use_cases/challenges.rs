//! Captchas, codes and permits: issued, tried, spent, expired. A challenge of one dialect means nothing in another.

use dragoman_store::Connection;
use std::time::Duration;

use crate::{
    AccountError, AccountNumber, Accounts, Origin, Realm,
    account::{BODY_BYTES, is_storable},
    clock::Timestamp,
    identity::digest_of,
    queries::challenges::{self, ChallengeRow},
};

/// How long a challenge lives and how often it may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChallengePolicy {
    /// How long it may be answered.
    pub life: Duration,
    /// Count ages as differences of truncated Unix seconds, the life's last second included (medusa 2.2).
    pub whole_seconds: bool,
    /// How many wrong answers it survives; `None`: any number.
    pub tries: Option<u16>,
    /// How long after its end it is still told apart from one never issued (one-domain.md P7).
    pub remembered: Duration,
}

impl ChallengePolicy {
    /// Any number of tries within `life`, and remembered for one more.
    pub const fn lasting(life: Duration) -> Self {
        Self { life, whole_seconds: false, tries: None, remembered: life }
    }

    /// Remembered as expired for so long.
    pub const fn remembered_for(self, remembered: Duration) -> Self {
        Self { remembered, ..self }
    }

    /// Dies with the `tries`-th wrong answer; 1: the first answer spends it, right or wrong.
    pub const fn with_tries(self, tries: u16) -> Self {
        Self { tries: Some(tries), ..self }
    }

    fn expires_at(self, now: Timestamp) -> Timestamp {
        if self.whole_seconds {
            Timestamp::from_seconds(now.seconds() + 1).plus(self.life)
        } else {
            now.plus(self.life)
        }
    }
}

/// A challenge to issue.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// What it is for, in the dialect's words.
    pub purpose: &'static str,
    /// What it is bound to: a key handed out, a session, an address. A new challenge replaces an older one of the same handle.
    pub handle: String,
    /// The right answer.
    pub answer: String,
    /// An account it dies with.
    pub account: Option<AccountNumber>,
    /// How long and how often.
    pub policy: ChallengePolicy,
}

/// Tries of a challenge without a limit.
const UNLIMITED: i32 = -1;

/// What an answer is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handle {
    /// The only challenge of this handle.
    Only(String),
    /// The one of many about the same thing that this network asked for (one-domain.md P12).
    From {
        /// What they are about.
        about: String,
        /// The client's network.
        network: String,
    },
}

impl Handle {
    /// The one that a client asked for; the only one without a network.
    pub fn from(about: String, origin: &Origin) -> Self {
        match &origin.network {
            Some(network) => Self::From { about, network: network.clone() },
            None => Self::Only(about),
        }
    }

    fn key(&self, realm: &Realm, purpose: &str) -> Vec<u8> {
        match self {
            Self::Only(handle) => challenge_key(realm, purpose, handle),
            Self::From { about, network } => {
                among(&challenge_key(realm, purpose, about), &digest_of(&[network.as_bytes()]))
            }
        }
    }
}

impl std::convert::From<&str> for Handle {
    fn from(handle: &str) -> Self {
        Self::Only(handle.to_owned())
    }
}

impl std::convert::From<&String> for Handle {
    fn from(handle: &String) -> Self {
        Self::Only(handle.clone())
    }
}

/// How many bytes the keys of all challenges about one thing share.
const SHARED: usize = 16;

/// A key that begins like another, so that all challenges about one thing lie between two keys.
fn among(key: &[u8], rest: &[u8]) -> Vec<u8> {
    key.iter().take(SHARED).chain(rest.iter().take(SHARED)).copied().collect()
}

pub(crate) fn challenge_key(realm: &Realm, purpose: &str, handle: &str) -> Vec<u8> {
    digest_of(&[b"challenge", realm.dialect.as_bytes(), realm.scope.as_bytes(), purpose.as_bytes(), handle.as_bytes()])
}

/// What a held challenge makes of an answer; a right one spends it. The refusal is an inner `Err`: it spends a try, so the
/// write must commit.
pub(crate) fn answer(
    connection: &mut Connection,
    key: &[u8],
    now: Timestamp,
    is_right: impl Fn(&str) -> bool,
) -> diesel::QueryResult<Result<(), AccountError>> {
    let weighed = weigh(connection, key, now, is_right)?;
    if weighed.is_ok() {
        challenges::delete(connection, key)?;
    }
    Ok(weighed)
}

/// As [`answer`], but a right answer leaves the challenge as it is.
pub(crate) fn weigh(
    connection: &mut Connection,
    key: &[u8],
    now: Timestamp,
    is_right: impl Fn(&str) -> bool,
) -> diesel::QueryResult<Result<(), AccountError>> {
    let Some(challenge) = challenges::hold(connection, key)? else {
        return Ok(Err(AccountError::UnknownChallenge));
    };
    if challenge.purge_at <= now.millis() {
        return Ok(Err(AccountError::UnknownChallenge));
    }
    if challenge.expires_at <= now.millis() {
        return Ok(Err(AccountError::ExpiredChallenge));
    }
    if is_right(&challenge.answer) {
        return Ok(Ok(()));
    }
    match challenge.tries_left {
        UNLIMITED => {}
        ..=1 => {
            challenges::delete(connection, key)?;
        }
        tries => challenges::set_tries_left(connection, key, tries - 1)?,
    }
    Ok(Err(AccountError::WrongAnswer))
}

impl Accounts {
    /// Issues a challenge. Errors: `NotStorable`.
    pub async fn issue_challenge(&self, realm: &Realm, challenge: Challenge) -> Result<(), AccountError> {
        let row = self.challenge_row(realm, challenge)?;
        self.write(move |connection| Ok(challenges::replace(connection, &row)?)).await
    }

    /// As [`Accounts::issue_challenge`] for an answer that is compared as a text: kept as a digest keyed with the sealing
    /// key, if there is one, so that who reads the database cannot answer (docs/security.md).
    pub async fn issue_secret(&self, realm: &Realm, challenge: Challenge) -> Result<(), AccountError> {
        let answer = self.seal_answer(&challenge.answer);
        self.issue_challenge(realm, Challenge { answer, ..challenge }).await
    }

    /// As [`Accounts::answer_challenge`] for one that [`Accounts::issue_secret`] issued.
    pub async fn answer_secret(
        &self,
        realm: &Realm,
        purpose: &'static str,
        handle: impl Into<Handle>,
        typed: &str,
    ) -> Result<(), AccountError> {
        let typed = self.seal_answer(typed);
        self.answer_challenge(realm, purpose, handle, move |right| right == typed).await
    }

    /// An answer as it is kept.
    pub(super) fn seal_answer(&self, answer: &str) -> String {
        self.sealing_key().map_or_else(|| answer.to_owned(), |key| key.digest(answer))
    }

    /// Issues a challenge beside those that other networks have about the same thing, `most` at once; gives whether it did.
    /// Its own older one is replaced in any case. Without a network as [`Accounts::issue_challenge`].
    pub async fn issue_challenge_from(
        &self,
        realm: &Realm,
        challenge: Challenge,
        origin: &Origin,
        most: i64,
    ) -> Result<bool, AccountError> {
        let key = Handle::from(challenge.handle.clone(), origin).key(realm, challenge.purpose);
        let (row, now) = (self.challenge_row(realm, challenge)?, self.inner.clock.now());
        let row = ChallengeRow { challenge_key: key, ..row };
        let (first, last) = (among(&row.challenge_key, &[0; SHARED]), among(&row.challenge_key, &[u8::MAX; SHARED]));
        self.write(move |connection| {
            let is_new = challenges::find(connection, &row.challenge_key)?.is_none();
            if is_new && challenges::count_between(connection, (&first, &last), now)? >= most {
                return Ok(false);
            }
            challenges::replace(connection, &row)?;
            Ok(true)
        })
        .await
    }

    /// The answer of the newest live challenge about a thing, whoever asked for it (testing API).
    pub async fn newest_answer(
        &self,
        realm: &Realm,
        purpose: &'static str,
        about: &str,
    ) -> Result<Option<String>, AccountError> {
        let (key, now) = (challenge_key(realm, purpose, about), self.inner.clock.now());
        let (first, last) = (among(&key, &[0; SHARED]), among(&key, &[u8::MAX; SHARED]));
        let newest = self.read(move |connection| challenges::newest_between(connection, (&first, &last), now)).await?;
        Ok(newest.map(|challenge| challenge.answer))
    }

    fn challenge_row(&self, realm: &Realm, challenge: Challenge) -> Result<ChallengeRow, AccountError> {
        if !is_storable(&challenge.answer, BODY_BYTES) {
            return Err(AccountError::NotStorable);
        }
        let now = self.inner.clock.now();
        let expires_at = challenge.policy.expires_at(now);
        Ok(ChallengeRow {
            challenge_key: challenge_key(realm, challenge.purpose, &challenge.handle),
            dialect: realm.dialect.to_owned(),
            purpose: challenge.purpose.to_owned(),
            answer: challenge.answer,
            account: challenge.account.map(|account| account.0),
            tries_left: challenge.policy.tries.map_or(UNLIMITED, i32::from),
            spent: false,
            created_at: now.millis(),
            expires_at: expires_at.millis(),
            purge_at: expires_at.plus(challenge.policy.remembered).millis(),
        })
    }

    /// Answers a challenge; a right answer spends it, and of a hundred at once one is right.
    ///
    /// Errors: `UnknownChallenge`, `ExpiredChallenge`, `WrongAnswer`.
    pub async fn answer_challenge<F>(
        &self,
        realm: &Realm,
        purpose: &'static str,
        handle: impl Into<Handle>,
        is_right: F,
    ) -> Result<(), AccountError>
    where
        F: Fn(&str) -> bool + Send + Sync + 'static,
    {
        let (key, now) = (handle.into().key(realm, purpose), self.inner.clock.now());
        self.write(move |connection| Ok(answer(connection, &key, now, &is_right)?)).await?
    }

    /// The answer and the begin of a live challenge, unspent: for states that are looked at, and for the testing API.
    pub async fn peek_challenge(
        &self,
        realm: &Realm,
        purpose: &'static str,
        handle: impl Into<Handle>,
    ) -> Result<Option<(String, Timestamp)>, AccountError> {
        let (key, now) = (handle.into().key(realm, purpose), self.inner.clock.now());
        let found = self.read(move |connection| challenges::find(connection, &key)).await?;
        Ok(found
            .filter(|challenge| challenge.expires_at > now.millis())
            .map(|challenge| (challenge.answer, Timestamp::from_millis(challenge.created_at))))
    }

    /// Spends a live challenge without an answer; gives whether there was one (v1's one-time tickets).
    pub async fn take_challenge(
        &self,
        realm: &Realm,
        purpose: &'static str,
        handle: impl Into<Handle>,
    ) -> Result<bool, AccountError> {
        match self.answer_challenge(realm, purpose, handle, |_| true).await {
            Ok(()) => Ok(true),
            Err(AccountError::UnknownChallenge | AccountError::ExpiredChallenge) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Withdraws a challenge, such as a code whose mail was refused.
    pub async fn withdraw_challenge(
        &self,
        realm: &Realm,
        purpose: &'static str,
        handle: &str,
    ) -> Result<(), AccountError> {
        let key = challenge_key(realm, purpose, handle);
        self.write(move |connection| {
            challenges::delete(connection, &key)?;
            Ok(())
        })
        .await
    }
}
