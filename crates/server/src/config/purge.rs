//! `[purge]`: how often what has expired is taken out of the database.

use serde::{Deserialize, Serialize};

use super::{bounds::DAY, reading::Faults};

/// `[purge]`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PurgeSettings {
    /// Pause between two rounds on this replica.
    pub interval_seconds: u64,
}

impl Default for PurgeSettings {
    fn default() -> Self {
        Self { interval_seconds: 60 }
    }
}

impl PurgeSettings {
    pub(super) fn check(&self, faults: &mut Faults) {
        faults.bound("interval_seconds", self.interval_seconds, 1..=DAY);
    }
}
