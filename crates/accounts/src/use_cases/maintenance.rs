//! What the process that serves the domain has to do for it.

use std::time::Duration;

use dragoman_passwords::Secret;
use dragoman_store::{Backend, MigrateError, ServerFacts};

use crate::{
    AccountError, Accounts, Authority, NewPassword, Origin, Realm, Registration, Role,
    queries::{accounts, audit, challenges, counters, old_sessions, sessions, signing_keys, throttles},
};

/// Rows that one purge statement deletes at most, so that no lock is held for long.
const PURGE_BATCH: i64 = 1_000;
/// Purge statements of one kind in one run at most.
const PURGE_ROUNDS: usize = 100;

/// Its name.
const FIRST_ADMINISTRATOR: &str = "admin";

/// The super administrator that the first start on an empty database made.
pub struct FirstStart {
    /// Its name.
    pub username: &'static str,
    /// Its random password, to be shown once.
    pub password: String,
}

impl Accounts {
    /// Brings the schema up to date; gives the names of the migrations that ran.
    pub async fn migrate(&self) -> Result<Vec<String>, MigrateError> {
        let ran = self.inner.store.migrate().await?;
        for collision in self.renew_address_keys().await? {
            tracing::warn!("{collision}");
        }
        Ok(ran)
    }

    /// Whether an account can be read, by the threads that read for everybody.
    pub async fn prove_readable(&self) -> Result<(), AccountError> {
        self.has_history().await.map(drop)
    }

    /// Whether a change of an account can be committed.
    pub async fn prove_writable(&self) -> Result<(), AccountError> {
        self.inner.store.prove_writable().await.map_err(|_| AccountError::Unavailable)
    }

    /// What the database server says of itself; `None` where the engine is in this process.
    pub async fn server_facts(&self) -> Result<Option<ServerFacts>, AccountError> {
        self.inner.store.server_facts().await.map_err(|_| AccountError::Unavailable)
    }

    /// Which engine the accounts are in.
    pub fn backend(&self) -> Backend {
        self.inner.store.backend()
    }

    /// Lets the queued work finish and closes every connection.
    pub async fn close(&self) {
        self.inner.store.close().await;
    }

    /// Deletes what is past its life, in batches.
    pub async fn purge(&self) -> Result<usize, AccountError> {
        let now = self.inner.clock.now();
        let mut purged = 0;
        for kind in [challenges::purge, sessions::purge, old_sessions::purge, throttles::purge] {
            for _ in 0..PURGE_ROUNDS {
                let deleted = self.write(move |connection| Ok(kind(connection, now, PURGE_BATCH)?)).await?;
                purged += deleted;
                if deleted == 0 {
                    break;
                }
            }
        }
        purged += self.write(move |connection| Ok(signing_keys::purge(connection, now)?)).await?;
        self.inner.activity.count_purged(purged);
        Ok(purged)
    }

    /// Whether this process is the one to do a job that is due once in every such time; of several replicas one is.
    pub async fn take_turn(&self, job: &'static str, every: Duration) -> Result<bool, AccountError> {
        let length = i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1);
        let turn = self.inner.clock.now().millis() / length;
        if self.read(move |connection| counters::value(connection, job)).await? >= turn {
            return Ok(false);
        }
        self.write(move |connection| {
            if counters::add(connection, job, 0)? >= turn {
                return Ok(false);
            }
            counters::raise(connection, job, turn)?;
            Ok(true)
        })
        .await
    }

    /// On a database that never held an account: makes the super administrator `admin`. Of several replicas one does.
    pub async fn first_start(&self, realm: &Realm) -> Result<Option<FirstStart>, AccountError> {
        if self.has_history().await? {
            return Ok(None);
        }
        let password = self.inner.randomness.text(b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 20);
        let registration = Registration {
            username: FIRST_ADMINISTRATOR.to_owned(),
            password: NewPassword::Plain(Secret::new(password.clone())),
            role: Role::SuperAdministrator,
            authority: Some(Authority::Operator),
            display_name: None,
            bio: None,
            email: None,
            facet: None,
            origin: Origin::at("server start"),
        };
        match self.register(realm, registration).await {
            Ok(_) => Ok(Some(FirstStart { username: FIRST_ADMINISTRATOR, password })),
            Err(AccountError::NameTaken) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the password that [`Accounts::first_start`] made has been used or changed, or its account is gone.
    pub async fn is_first_password_used(&self, realm: &Realm) -> Result<bool, AccountError> {
        let Some(member) = self.find_by_name(realm, FIRST_ADMINISTRATOR, "").await? else { return Ok(true) };
        let number = member.account.number;
        self.read(move |connection| {
            Ok(accounts::has_logged_in(connection, number)? || audit::has_new_password(connection, number)?)
        })
        .await
    }

    /// Whether an account was ever made here.
    pub async fn has_history(&self) -> Result<bool, AccountError> {
        Ok(self.read(|connection| counters::value(connection, counters::ACCOUNT_NUMBER)).await? > 0)
    }

    /// Marks an empty database as one that a testing server may empty. `false`: it holds accounts no testing server made.
    pub async fn claim_for_testing(&self) -> Result<bool, AccountError> {
        self.write(|connection| {
            if counters::value(connection, counters::TESTING)? > 0 {
                return Ok(true);
            }
            if counters::value(connection, counters::ACCOUNT_NUMBER)? > 0 {
                return Ok(false);
            }
            counters::add(connection, counters::TESTING, 1)?;
            Ok(true)
        })
        .await
    }

    /// Empties the store and forgets what was cached. Refused on a database that was not claimed for testing.
    pub async fn empty_for_testing(&self) -> Result<(), AccountError> {
        if !self.claim_for_testing().await? {
            return Err(AccountError::Forbidden);
        }
        self.inner.store.empty_all().await.map_err(|_| AccountError::Unavailable)?;
        self.inner.keys.forget();
        // Not claimed again: somebody may have made an account since.
        self.write(|connection| {
            counters::add(connection, counters::TESTING, 1)?;
            Ok(())
        })
        .await
    }
}
