//! `[throttle]`: failed logins the gateway bears before it makes a caller wait (one-domain.md P8).

use std::time::Duration;

use dragoman_accounts::ThrottlePolicy;
use serde::{Deserialize, Serialize};

use super::{bounds::DECADE, reading::Faults};

/// `[throttle]`; it counts over all replicas. A limit of 0 switches its counter off.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ThrottleSettings {
    /// Failures for one account from one network within `window_seconds`.
    pub account_network_failures: u32,
    /// Failures from one network, whatever the account, within `window_seconds`.
    pub network_failures: u32,
    /// The window of the two limits above.
    pub window_seconds: u64,
    /// Failures for one account from everywhere within `slow_window_seconds`.
    pub account_failures: u32,
    /// The window of `account_failures`.
    pub slow_window_seconds: u64,
    /// Wrong mailed codes for one address, over all its codes, within `code_window_seconds` (one-domain.md P11).
    pub code_failures: u32,
    /// The window of `code_failures`.
    pub code_window_seconds: u64,
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        let policy = ThrottlePolicy::default();
        let limit = |limit: i64| u32::try_from(limit).unwrap_or(u32::MAX);
        Self {
            account_network_failures: limit(policy.per_account_and_network),
            network_failures: limit(policy.per_network),
            window_seconds: policy.window.as_secs(),
            account_failures: limit(policy.per_account),
            slow_window_seconds: policy.slow_window.as_secs(),
            code_failures: limit(policy.codes_per_address),
            code_window_seconds: policy.code_window.as_secs(),
        }
    }
}

impl ThrottleSettings {
    /// As the account domain takes it.
    pub fn policy(&self) -> ThrottlePolicy {
        ThrottlePolicy {
            per_account_and_network: self.account_network_failures.into(),
            per_account: self.account_failures.into(),
            per_network: self.network_failures.into(),
            window: Duration::from_secs(self.window_seconds),
            slow_window: Duration::from_secs(self.slow_window_seconds),
            codes_per_address: self.code_failures.into(),
            code_window: Duration::from_secs(self.code_window_seconds),
            sliding: false,
            elsewhere: None,
        }
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        faults.bound("window_seconds", self.window_seconds, 1..=DECADE);
        faults.bound("slow_window_seconds", self.slow_window_seconds, 1..=DECADE);
        faults.bound("code_window_seconds", self.code_window_seconds, 1..=DECADE);
    }
}
