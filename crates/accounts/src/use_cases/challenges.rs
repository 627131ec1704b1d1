//! Captchas, codes and permits: issued, tried, spent, expired. A challenge of one dialect means nothing in another.

use dragoman_store::Connection;
use std::time::Duration;

use crate::{
    AccountError, AccountNumber, Accounts, Realm,
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
        if !is_storable(&challenge.answer, BODY_BYTES) {
            return Err(AccountError::NotStorable);
        }
        let now = self.inner.clock.now();
        let expires_at = challenge.policy.expires_at(now);
        let row = ChallengeRow {
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
        };
        self.write(move |connection| Ok(challenges::replace(connection, &row)?)).await
    }

    /// Answers a challenge; a right answer spends it, and of a hundred at once one is right.
    ///
    /// Errors: `UnknownChallenge`, `ExpiredChallenge`, `WrongAnswer`.
    pub async fn answer_challenge<F>(
        &self,
        realm: &Realm,
        purpose: &'static str,
        handle: &str,
        is_right: F,
    ) -> Result<(), AccountError>
    where
        F: Fn(&str) -> bool + Send + Sync + 'static,
    {
        let (key, now) = (challenge_key(realm, purpose, handle), self.inner.clock.now());
        self.write(move |connection| Ok(answer(connection, &key, now, &is_right)?)).await?
    }

    /// The answer and the begin of a live challenge, unspent: for states that are looked at, and for the testing API.
    pub async fn peek_challenge(
        &self,
        realm: &Realm,
        purpose: &'static str,
        handle: &str,
    ) -> Result<Option<(String, Timestamp)>, AccountError> {
        let (key, now) = (challenge_key(realm, purpose, handle), self.inner.clock.now());
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
        handle: &str,
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
