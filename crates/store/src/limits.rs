//! How long the store waits for what is not under its own control.

use std::time::Duration;

/// How long one attempt to connect may take; a silent host would otherwise hold a thread for minutes.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// How long a process waits for another one's migrations.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(120);
