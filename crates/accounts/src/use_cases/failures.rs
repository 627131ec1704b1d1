//! A dialect's own count of failures about one thing, such as an address: a wire-visible state, apart from the throttle
//! (one-domain.md P8).

use std::time::Duration;

use crate::{
    AccountError, Accounts, Realm,
    identity::digest_of,
    queries::{failures, throttles},
};

/// One such counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureCounter {
    /// What it counts, in the dialect's words.
    pub purpose: &'static str,
    /// About what.
    pub handle: String,
    /// From how many failures on nothing more is counted.
    pub limit: i64,
    /// How long after the latest failure it is remembered.
    pub life: Duration,
}

impl FailureCounter {
    fn key(&self, realm: &Realm) -> Vec<u8> {
        let Self { purpose, handle, .. } = self;
        digest_of(&[
            b"failures",
            realm.dialect.as_bytes(),
            realm.scope.as_bytes(),
            purpose.as_bytes(),
            handle.as_bytes(),
        ])
    }
}

impl Accounts {
    /// Whether the limit is reached.
    pub async fn has_failed_too_often(&self, realm: &Realm, counter: &FailureCounter) -> Result<bool, AccountError> {
        let (key, limit, now) = (counter.key(realm), counter.limit, self.inner.clock.now());
        Ok(self.read(move |connection| failures::count(connection, &key, now)).await? >= limit)
    }

    /// Counts a failure and restarts the counter's life. `false`: the limit had been reached, and nothing was counted; of
    /// a hundred failures at once only as many as the limit are.
    pub async fn count_failure(&self, realm: &Realm, counter: &FailureCounter) -> Result<bool, AccountError> {
        let (key, limit, now) = (counter.key(realm), counter.limit, self.inner.clock.now());
        let until = now.plus(counter.life);
        self.write(move |connection| Ok(failures::add_below(connection, &key, limit, now, until)?)).await
    }

    /// Forgets the failures after a success. `false`: the limit has been reached since the attempt began, and nothing was
    /// forgotten.
    pub async fn forget_failures_below_limit(
        &self,
        realm: &Realm,
        counter: &FailureCounter,
    ) -> Result<bool, AccountError> {
        let (key, limit, now) = (counter.key(realm), counter.limit, self.inner.clock.now());
        let looked_up = key.clone();
        if self.read(move |connection| failures::count(connection, &looked_up, now)).await? == 0 {
            return Ok(true);
        }
        self.write(move |connection| {
            let below = failures::count(connection, &key, now)? < limit;
            if below {
                throttles::clear(connection, &key)?;
            }
            Ok(below)
        })
        .await
    }

    /// Forgets the failures, however many.
    pub async fn reset_failures(&self, realm: &Realm, counter: &FailureCounter) -> Result<(), AccountError> {
        let key = counter.key(realm);
        self.write(move |connection| Ok(throttles::clear(connection, &key)?)).await
    }
}
