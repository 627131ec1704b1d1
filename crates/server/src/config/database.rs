//! `[database]`: which store, and how much of it at once.

use std::time::Duration;

use dragoman_store::{DatabaseUrl, StoreConfig};
use serde::{Deserialize, Serialize};

use super::{
    bounds::{HOUR, QUEUE, THREADS},
    reading::Faults,
};

/// `[database]`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DatabaseSettings {
    /// `sqlite://PATH`, `postgres://...` or `mysql://...`.
    pub url: String,
    /// Threads that own a reading connection; none given: what suits the engine.
    pub readers: Option<usize>,
    /// Threads that own a writing connection; SQLite always has one.
    pub writers: Option<usize>,
    /// Operations that may wait for a reader, and as many for a writer.
    pub queue: usize,
    /// How long an operation may take before the store counts as unavailable.
    pub wait_seconds: u64,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self { url: "sqlite://data/dragoman.db".to_owned(), readers: None, writers: None, queue: 1024, wait_seconds: 5 }
    }
}

impl DatabaseSettings {
    /// As the account domain takes it; the error is a sentence that does not hold the URL.
    pub fn store(&self) -> Result<StoreConfig, String> {
        let url: DatabaseUrl = self.url.parse().map_err(|error: dragoman_store::DatabaseUrlError| error.to_string())?;
        let defaults = StoreConfig::new(url);
        Ok(StoreConfig {
            readers: self.readers.unwrap_or(defaults.readers),
            writers: self.writers.unwrap_or(defaults.writers),
            queue: self.queue,
            wait: Duration::from_secs(self.wait_seconds),
            ..defaults
        })
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        if let Err(reason) = self.store() {
            faults.add("url", &format!("cannot be used: {reason}"));
        }
        faults.bound("readers", self.readers.unwrap_or(1), 1..=THREADS);
        faults.bound("writers", self.writers.unwrap_or(1), 1..=THREADS);
        faults.bound("queue", self.queue, 1..=QUEUE);
        faults.bound("wait_seconds", self.wait_seconds, 1..=HOUR);
    }
}
