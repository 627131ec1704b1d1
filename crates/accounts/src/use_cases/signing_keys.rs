//! Keys that sign stateless tokens: configured by the operator, or made once and kept in the database (one-domain.md R7).

use dragoman_store::Connection;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    AccountError, Accounts, Origin,
    clock::Timestamp,
    queries::{
        audit_records,
        counters::{self, SIGNING_KEYS},
        signing_keys::{self, SigningKeyRow},
    },
};

/// How old a replica's copy of the keys may grow. Harmless: a retired key stays accepted far longer.
const CACHE_FOR: Duration = Duration::from_secs(10);
/// How soon after a copy was made an unknown signature may ask for a newer one: a rotation on another replica shows at
/// once, and damaged tokens cost at most one read a second.
const REFRESH_AFTER: Duration = Duration::from_secs(1);

/// The keys of one purpose at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeys {
    /// Signs.
    pub current: String,
    /// Still verifies: retired by a rotation, not yet over.
    pub retired: Vec<String>,
}

impl SigningKeys {
    /// Every key that verifies, the current one first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.current).chain(&self.retired).map(String::as_str)
    }
}

/// What a process remembers of the keys.
#[derive(Default)]
pub(crate) struct KeyCache(Mutex<HashMap<&'static str, (Instant, Arc<SigningKeys>)>>);

impl KeyCache {
    fn get(&self, purpose: &'static str, younger_than: Duration) -> Option<Arc<SigningKeys>> {
        let cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(purpose).filter(|(made, _)| made.elapsed() < younger_than).map(|(_, keys)| Arc::clone(keys))
    }

    fn put(&self, purpose: &'static str, keys: &Arc<SigningKeys>) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert(purpose, (Instant::now(), Arc::clone(keys)));
    }

    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Accounts {
    /// The keys of a purpose, made at the first call on any replica.
    pub async fn signing_keys(&self, purpose: &'static str) -> Result<Arc<SigningKeys>, AccountError> {
        match self.inner.keys.get(purpose, CACHE_FOR) {
            Some(keys) => Ok(keys),
            None => self.load_signing_keys(purpose).await,
        }
    }

    /// As [`Accounts::signing_keys`], for a token that the keys known so far do not verify.
    pub async fn fresh_signing_keys(&self, purpose: &'static str) -> Result<Arc<SigningKeys>, AccountError> {
        match self.inner.keys.get(purpose, REFRESH_AFTER) {
            Some(keys) => Ok(keys),
            None => self.load_signing_keys(purpose).await,
        }
    }

    async fn load_signing_keys(&self, purpose: &'static str) -> Result<Arc<SigningKeys>, AccountError> {
        let now = self.inner.clock.now();
        let mut rows = self.read(move |connection| signing_keys::of_purpose(connection, purpose)).await?;
        if !rows.iter().any(|key| key.accepted_until.is_none()) {
            rows = self.make_signing_key(purpose, now).await?;
        }
        let mut accepted = rows.into_iter().filter(|key| key.accepted_until.is_none_or(|end| end > now.millis()));
        let Some(current) = accepted.next() else { return Err(AccountError::Internal) };
        let retired = accepted.map(|key| key.secret).collect();
        let keys = Arc::new(SigningKeys { current: current.secret, retired });
        self.inner.keys.put(purpose, &keys);
        Ok(keys)
    }

    /// Of two replicas that make the first key one waits for the other's and takes it.
    async fn make_signing_key(
        &self,
        purpose: &'static str,
        now: Timestamp,
    ) -> Result<Vec<SigningKeyRow>, AccountError> {
        let secret = self.inner.randomness.hex(32);
        self.write(move |connection| {
            let key = new_key(connection, purpose, &secret, now)?;
            let present = signing_keys::of_purpose(connection, purpose)?;
            if present.iter().any(|key| key.accepted_until.is_none()) {
                return Ok(present);
            }
            signing_keys::insert(connection, &key)?;
            Ok(signing_keys::of_purpose(connection, purpose)?)
        })
        .await
    }

    /// Signs with a new key from now on; the present one is accepted for `overlap` more.
    pub async fn rotate_signing_keys(
        &self,
        purpose: &'static str,
        overlap: Duration,
        origin: Origin,
    ) -> Result<(), AccountError> {
        let (secret, now) = (self.inner.randomness.hex(32), self.inner.clock.now());
        let act = self.act("signing key rotated", origin, Some(purpose));
        self.write(move |connection| {
            let key = new_key(connection, purpose, &secret, now)?;
            signing_keys::purge(connection, now)?;
            signing_keys::retire_current(connection, purpose, now.plus(overlap))?;
            signing_keys::insert(connection, &key)?;
            Ok(audit_records::append_act(connection, &act)?)
        })
        .await?;
        self.inner.keys.forget();
        Ok(())
    }

    /// The keys of a purpose, newest first, as begin and end of acceptance (operator). Never the secrets.
    pub async fn list_signing_keys(
        &self,
        purpose: &'static str,
    ) -> Result<Vec<(Timestamp, Option<Timestamp>)>, AccountError> {
        let rows = self.read(move |connection| signing_keys::of_purpose(connection, purpose)).await?;
        let instant = Timestamp::from_millis;
        Ok(rows.into_iter().map(|key| (instant(key.created_at), key.accepted_until.map(instant))).collect())
    }
}

/// Holds the counter of keys until the write ends.
fn new_key(
    connection: &mut Connection,
    purpose: &str,
    secret: &str,
    now: Timestamp,
) -> diesel::QueryResult<SigningKeyRow> {
    Ok(SigningKeyRow {
        id: format!("{purpose}:{}", counters::add(connection, SIGNING_KEYS, 1)?),
        purpose: purpose.to_owned(),
        secret: secret.to_owned(),
        created_at: now.millis(),
        accepted_until: None,
    })
}
