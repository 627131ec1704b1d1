//! `[usage]`: who still calls which route, and how much of that is kept.

use dragoman_usage::Limits;
use serde::{Deserialize, Serialize};

use super::{
    bounds::{HOUR, QUEUE},
    reading::Faults,
};

/// Ten years.
const MOST_DAYS: u32 = 3_652;
/// Rows of one table that any of the engines bears without thought.
const MOST_ROWS: u32 = 100_000_000;

/// `[usage]`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UsageSettings {
    /// Whether anything is counted.
    pub enabled: bool,
    /// Between two writes of this replica; a killed process loses the counts of this time.
    pub interval_seconds: u64,
    /// How long days, and callers that are not seen any more, are kept.
    pub keep_days: u32,
    /// Rows of (mount, route, client, account), over all replicas.
    pub most_callers: u32,
    /// Rows of (caller, day), over all replicas.
    pub most_days: u32,
    /// Clients (User-Agent family and version) that are told apart.
    pub most_clients: u32,
    /// Places that are told apart where an old server answers otherwise (`[D.shadow]`).
    pub most_samples: u32,
    /// Callers that this replica tells apart between two writes.
    pub most_waiting: usize,
}

impl Default for UsageSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            interval_seconds: 5,
            keep_days: 400,
            most_callers: 200_000,
            most_days: 2_000_000,
            most_clients: 1_000,
            most_samples: 1_000,
            most_waiting: 10_000,
        }
    }
}

impl UsageSettings {
    /// The bounds of the tables.
    pub fn limits(&self) -> Limits {
        Limits { callers: self.most_callers.into(), days: self.most_days.into(), clients: self.most_clients.into() }
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        faults.bound("interval_seconds", self.interval_seconds, 1..=HOUR);
        faults.bound("keep_days", self.keep_days, 1..=MOST_DAYS);
        faults.bound("most_callers", self.most_callers, 1..=MOST_ROWS);
        faults.bound("most_days", self.most_days, 1..=MOST_ROWS);
        faults.bound("most_clients", self.most_clients, 1..=MOST_ROWS);
        faults.bound("most_samples", self.most_samples, 1..=MOST_ROWS);
        faults.bound("most_waiting", self.most_waiting, 1..=QUEUE);
    }
}
