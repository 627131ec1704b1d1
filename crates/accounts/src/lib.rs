//! The account domain: what an account is and may do, and the tables it is kept in. It knows neither HTTP nor JSON nor any dialect.
//!
//! Everything goes through [`Accounts`], one cloneable handle; its use cases stand in `use_cases/`, one file an area.

mod account;
mod activity;
pub mod address;
mod chain;
pub mod clock;
mod code_counters;
mod error;
pub mod folding;
mod foreign;
mod identity;
mod network;
mod permission;
mod queries;
mod realm;
mod schema;
mod tables;
#[cfg(test)]
mod tests;
mod throttle;
pub mod totp;
mod use_cases;

use std::sync::{Arc, RwLock};

use dragoman_passwords::{Cost, Hasher, HashingPool, SealingKey, random::Randomness};
use dragoman_store::{Aborted, Connection, Store, StoreError, StoreFailure};

pub use account::{Account, AccountNumber, Member, Origin, Role};
pub use activity::LoginOutcome;
pub use error::AccountError;
pub use foreign::{EachForeign, Foreign, ForeignAccount, ForeignLogin, ForeignOptions, ForeignPart};
pub use identity::IdentityKind;
pub use permission::{Authority, manages};
pub use queries::audit_records::AuditFilter;
pub use realm::{Admission, NameMatching, Realm};
pub use tables::TABLES;
pub use throttle::ThrottlePolicy;
pub use use_cases::*;

use activity::Activity;
use clock::Clock;
use use_cases::{credentials::DigestViews, signing_keys::KeyCache};

/// What [`Accounts::open`] needs.
pub struct AccountsConfig {
    /// Where accounts are stored: a store that was opened with [`TABLES`].
    pub store: Store,
    /// Work factor of new bcrypt hashes.
    pub bcrypt_cost: Cost,
    /// Threads that hash passwords.
    pub hashing_threads: usize,
    /// How many passwords may wait for a hashing thread before the answer is [`AccountError::Busy`].
    pub hashing_queue: usize,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where ids, tokens and salts come from.
    pub randomness: Arc<dyn Randomness>,
}

/// One cloneable handle to the account domain.
#[derive(Clone)]
pub struct Accounts {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    hashing: HashingPool,
    hasher: Hasher,
    /// The digest views new passwords get; a php mount switches them on (one-domain.md P3).
    digest_views: RwLock<DigestViews>,
    /// What weak verifiers of an import are sealed with.
    sealing_key: RwLock<Option<SealingKey>>,
    keys: KeyCache,
    activity: Activity,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

/// How often a write that collided with another on a unique value is run again: it then sees the other's row.
const COLLISIONS: usize = 3;

impl Accounts {
    /// Opens the domain; fails only if the hashing threads cannot be started.
    pub fn open(config: AccountsConfig) -> std::io::Result<Self> {
        let inner = Inner {
            store: config.store,
            hashing: HashingPool::start(config.hashing_threads, config.hashing_queue)?,
            hasher: Hasher::new(config.bcrypt_cost, &*config.randomness),
            digest_views: RwLock::default(),
            sealing_key: RwLock::default(),
            keys: KeyCache::default(),
            activity: Activity::default(),
            clock: config.clock,
            randomness: config.randomness,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The domain's clock, for dialects that show or sign times.
    pub fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    /// The domain's randomness, for dialects that make tokens and names of their own form.
    pub fn randomness(&self) -> &dyn Randomness {
        &*self.inner.randomness
    }

    fn read<T, F>(&self, query: F) -> impl Future<Output = Result<T, AccountError>> + Send
    where
        F: Fn(&mut Connection) -> diesel::QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        self.read_as(Box::new(query))
    }

    /// One future for all queries that give the same: of each closure only the closure itself is compiled.
    async fn read_as<T: Send + 'static>(&self, query: AnyQuery<T>) -> Result<T, AccountError> {
        self.inner.store.read(query).await.map_err(|error| match error {
            StoreError::Unavailable => AccountError::Unavailable,
            StoreError::Internal => AccountError::Internal,
        })
    }

    /// One transaction. A closure that is run again makes the same ids, tokens and times: they come from outside.
    fn write<T, F>(&self, work: F) -> impl Future<Output = Result<T, AccountError>> + Send
    where
        F: Fn(&mut Connection) -> Result<T, Aborted<AccountError>> + Send + Sync + 'static,
        T: Send + 'static,
    {
        self.write_as(Arc::new(work))
    }

    async fn write_as<T: Send + 'static>(&self, work: AnyWork<T>) -> Result<T, AccountError> {
        for _ in 0..COLLISIONS {
            let attempt = Arc::clone(&work);
            match self.inner.store.write(move |connection| attempt(connection)).await {
                Ok(value) => return Ok(value),
                Err(StoreFailure::Refused(refusal)) => return Err(refusal),
                Err(StoreFailure::Unavailable) => return Err(AccountError::Unavailable),
                Err(StoreFailure::Internal) => return Err(AccountError::Internal),
                Err(StoreFailure::UniqueViolation) => {}
            }
        }
        tracing::error!("a write collided with others on a unique value again and again");
        Err(AccountError::Internal)
    }
}

type AnyQuery<T> = Box<dyn Fn(&mut Connection) -> diesel::QueryResult<T> + Send>;
type AnyWork<T> = Arc<dyn Fn(&mut Connection) -> Result<T, Aborted<AccountError>> + Send + Sync>;

/// Ends a write with a domain fact; everything it did is rolled back.
fn refuse<T>(error: AccountError) -> Result<T, Aborted<AccountError>> {
    Err(Aborted::Refused(error))
}
