//! What became of requests that were also put to an old server: a count of every verdict, and one masked sample of each place
//! where the answers differ.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dragoman_store::{Aborted, Connection, StoreError, StoreFailure};

use crate::{
    Usage,
    call::start_of,
    queries::shadow::{self as rows, SampleRow, VerdictRow},
    shadow_keys::{Sample, ShadowRoute, Times, Verdict},
    totals,
};

/// Places that one replica tells apart between two writes.
const MOST_WAITING: usize = 256;

/// Verdicts of this replica that are not written yet.
#[derive(Debug, Default)]
pub struct Verdicts(Mutex<Waiting>);

/// What is waiting to be written.
#[derive(Debug, Default, Clone)]
pub struct Waiting {
    pub(crate) verdicts: HashMap<(ShadowRoute, Verdict), Times>,
    pub(crate) samples: HashMap<(ShadowRoute, String), (Sample, Times)>,
}

impl Verdicts {
    /// Counts one request.
    pub fn count(&self, route: &ShadowRoute, verdict: Verdict, samples: Vec<Sample>, at: i64) {
        self.locked().add(route, verdict, samples, at);
    }

    /// Everything counted since it was last taken.
    pub fn take(&self) -> Waiting {
        std::mem::take(&mut *self.locked())
    }

    /// Gives back what could not be written.
    pub fn put_back(&self, unwritten: Waiting) {
        let mut waiting = self.locked();
        for (key, times) in unwritten.verdicts {
            waiting.verdicts.entry(key).and_modify(|known| known.join(times)).or_insert(times);
        }
        for (key, sample) in unwritten.samples {
            waiting.add_sample(key, sample);
        }
    }

    fn locked(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn add(&mut self, route: &ShadowRoute, verdict: Verdict, samples: Vec<Sample>, at: i64) {
        let times = Times::once(at);
        self.verdicts.entry((route.clone(), verdict)).and_modify(|known| known.join(times)).or_insert(times);
        for sample in samples {
            self.add_sample((route.clone(), sample.place.clone()), (sample, times));
        }
    }

    fn add_sample(&mut self, key: (ShadowRoute, String), (sample, times): (Sample, Times)) {
        if let Some((_, known)) = self.samples.get_mut(&key) {
            known.join(times);
        } else if self.samples.len() < MOST_WAITING {
            self.samples.insert(key, (sample, times));
        }
    }

    fn is_empty(&self) -> bool {
        self.verdicts.is_empty()
    }
}

impl Usage {
    /// Adds verdicts to those of all replicas, and samples as long as there are fewer than `most_samples`.
    ///
    /// # Errors
    /// What the store said.
    pub async fn record_verdicts(&self, waiting: &Waiting, most_samples: i64) -> Result<(), StoreFailure<Infallible>> {
        if waiting.is_empty() {
            return Ok(());
        }
        let once = || {
            let waiting = waiting.clone();
            self.store.write(move |connection| write(connection, &waiting, most_samples).map_err(Aborted::from))
        };
        match once().await {
            // Two replicas made the same row at once: now it is there.
            Err(StoreFailure::UniqueViolation) => once().await,
            outcome => outcome,
        }
    }

    /// All verdicts and samples, the most frequent first.
    ///
    /// # Errors
    /// What the store said.
    pub async fn verdicts(&self) -> Result<(Vec<VerdictRow>, Vec<SampleRow>), StoreError> {
        self.store.read(|connection| Ok((rows::verdicts(connection)?, rows::samples(connection)?))).await
    }

    /// Forgets what was not seen since the beginning of a day.
    ///
    /// # Errors
    /// What the store said.
    pub async fn purge_verdicts(&self, day: i64) -> Result<usize, StoreFailure<Infallible>> {
        self.store.write(move |connection| rows::purge(connection, start_of(day)).map_err(Aborted::from)).await
    }

    /// Forgets all of it: an old server was mended, or another one is asked.
    ///
    /// # Errors
    /// What the store said.
    pub async fn forget_verdicts(&self) -> Result<usize, StoreFailure<Infallible>> {
        self.store.write(move |connection| rows::purge(connection, i64::MAX).map_err(Aborted::from)).await
    }
}

fn write(connection: &mut Connection, waiting: &Waiting, most_samples: i64) -> diesel::QueryResult<()> {
    let began_at = waiting.verdicts.values().map(|times| times.first_at).min().unwrap_or_default();
    // Of all replicas one writes at a time, so that the samples stay within their bound.
    totals::lock(connection, began_at)?;
    for ((route, verdict), times) in &waiting.verdicts {
        rows::add_verdict(connection, route, *verdict, *times)?;
    }
    let mut kept = rows::count_samples(connection)?;
    for ((route, _), (sample, times)) in &waiting.samples {
        let added = rows::add_sample(connection, route, sample, *times)?;
        if !added && kept < most_samples {
            rows::insert_sample(connection, route, sample, *times)?;
            kept += 1;
        }
    }
    Ok(())
}
