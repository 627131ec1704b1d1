//! `[audit]`: how long the record of what happened is kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{bounds::HOUR, reading::Faults};

/// `[audit]`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuditSettings {
    /// After so many days records are deleted; 0: never.
    pub keep_days: u32,
    /// Between two looks for records that no seal names yet.
    pub seal_seconds: u64,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self { keep_days: 0, seal_seconds: 10 }
    }
}

impl AuditSettings {
    /// How long records are kept.
    pub fn kept_for(&self) -> Option<Duration> {
        (self.keep_days > 0).then(|| Duration::from_secs(u64::from(self.keep_days) * 24 * 60 * 60))
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        faults.bound("keep_days", self.keep_days, 0..=36_525);
        faults.bound("seal_seconds", self.seal_seconds, 1..=HOUR);
    }
}
