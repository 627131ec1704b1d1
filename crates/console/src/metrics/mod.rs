//! What is measured: requests as they are answered, everything else when somebody asks.

mod exposition;
mod requests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use dragoman_accounts::{AccountError, Accounts, Census, ImportJournal, Rests};
use dragoman_passwords::AtRest;
use tokio::sync::Mutex as AsyncMutex;

pub(crate) use requests::quantile;
pub use requests::{Class, Meter, Totals};

use exposition::Snapshot;
use requests::Requests;

use crate::warning::Warning;

/// How long one count of the database's rows holds for everybody who asks.
const CENSUS_HOLDS: Duration = Duration::from_secs(15);

/// The measurements of one server.
#[derive(Default)]
pub struct Metrics {
    requests: Arc<Requests>,
    census: AsyncMutex<Option<(Instant, Counted)>>,
    /// How verifiers rest: counted in the background, for it reads them all.
    rests: Mutex<Option<Rests>>,
    /// What has gone into the tallies of the database so far.
    told: Mutex<Told>,
}

/// The format of an exposition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/openmetrics-text`
    OpenMetrics,
    /// Prometheus' own text format, for whoever does not ask for the other.
    Prometheus,
}

/// What was counted in the database.
#[derive(Clone)]
struct Counted {
    census: Census,
    imports: Vec<ImportJournal>,
}

#[derive(Default)]
struct Told {
    totals: Totals,
    logins: Vec<(&'static str, u64)>,
}

impl Metrics {
    /// What a worker counts its requests with.
    pub fn meter(&self) -> Meter {
        Meter::new(Arc::clone(&self.requests))
    }

    /// The requests of all mounts since the start.
    pub fn totals(&self) -> Totals {
        self.requests.totals()
    }

    /// All metrics in a format. While the database is away what is counted there is left out.
    pub async fn exposition(&self, accounts: &Accounts, format: Format) -> Result<String, std::fmt::Error> {
        // Asked now: what was counted a moment ago says nothing about a database that has just gone.
        let counted = match accounts.prove_readable().await {
            Ok(()) => self.counted(accounts).await.ok(),
            Err(_) => None,
        };
        let snapshot = Snapshot::new(Arc::clone(&self.requests), accounts.vitals(), counted, self.rests());
        exposition::encode(snapshot, format)
    }

    /// The rows of the database, counted a quarter of a minute ago at most.
    pub(crate) async fn census(&self, accounts: &Accounts) -> Result<Census, AccountError> {
        Ok(self.counted(accounts).await?.census)
    }

    /// Counts how verifiers rest.
    pub async fn look_at_passwords(&self, accounts: &Accounts) -> Result<(), AccountError> {
        let rests = accounts.passwords_at_rest().await?;
        *self.rests.lock().unwrap_or_else(PoisonError::into_inner) = Some(rests);
        Ok(())
    }

    /// How verifiers rested when they were counted last.
    pub(crate) fn rests(&self) -> Option<Rests> {
        self.rests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is to be warned of in them.
    pub(crate) fn weak_passwords(&self, accounts: &Accounts) -> Option<Warning> {
        let rests = self.rests()?;
        let of = |rest| rests.get(&rest).copied().unwrap_or(0);
        let (bare, sealed) = (of(AtRest::Bare), of(AtRest::Sealed));
        match accounts.sealing_key() {
            None if sealed > 0 => Some(Warning::SealingKeyMissing(sealed)),
            _ => Some(bare + sealed).filter(|weak| *weak > 0).map(Warning::WeakPasswords),
        }
    }

    async fn counted(&self, accounts: &Accounts) -> Result<Counted, AccountError> {
        let mut held = self.census.lock().await;
        match &*held {
            Some((made, counted)) if made.elapsed() < CENSUS_HOLDS => Ok(counted.clone()),
            _ => {
                let counted = Counted { census: accounts.census().await?, imports: accounts.import_journals().await? };
                *held = Some((Instant::now(), counted.clone()));
                Ok(counted)
            }
        }
    }

    /// Adds what happened since the last call to the database's tallies, and that this replica was there.
    pub async fn tell(&self, accounts: &Accounts, replica: &str) -> Result<(), AccountError> {
        let (totals, logins) = (self.totals(), outcomes(accounts));
        let amounts = {
            let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            let mut amounts = totals.since(&told.totals);
            for (outcome, number) in &logins {
                let before = told.logins.iter().find(|(known, _)| known == outcome).map_or(0, |(_, number)| *number);
                let grown = i64::try_from(number.saturating_sub(before)).unwrap_or(i64::MAX);
                amounts.insert(format!("login.{outcome}"), grown);
            }
            amounts.retain(|_, amount| *amount > 0);
            amounts.insert(format!("replica.{replica}"), 1);
            amounts
        };
        accounts.add_tallies(amounts).await?;
        // Only now: what could not be told is told the next time.
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Told { totals, logins };
        Ok(())
    }
}

/// Logins by outcome, over all dialects.
fn outcomes(accounts: &Accounts) -> Vec<(&'static str, u64)> {
    let mut sums: Vec<(&'static str, u64)> = Vec::new();
    for (_, outcome, number) in accounts.vitals().logins {
        match sums.iter_mut().find(|(known, _)| *known == outcome.name()) {
            Some((_, sum)) => *sum += number,
            None => sums.push((outcome.name(), number)),
        }
    }
    sums
}
