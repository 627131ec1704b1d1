//! What the console is told of the server that it stands in.

use std::sync::Arc;

use dragoman_accounts::Accounts;

use crate::Metrics;

/// The server around the console.
pub struct House {
    /// Its accounts.
    pub accounts: Accounts,
    /// Its measurements.
    pub metrics: Arc<Metrics>,
    /// What whoever reads the metrics must show; without it they must be on this machine.
    pub metrics_token: Option<String>,
}
