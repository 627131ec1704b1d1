//! What an operator does by command is in the audit: who, as the system knows him, and through what.

use dragoman_accounts::{Accounts, Origin};
use rustix::process::getuid;

use super::Complaint;

/// From where a command acts.
pub(super) fn origin() -> Origin {
    Origin::at(format!("command line, user {}", getuid().as_raw()))
}

/// Records what was done; `detail` holds no secret.
pub(super) async fn record(accounts: &Accounts, action: &'static str, detail: Option<&str>) -> Result<(), Complaint> {
    Ok(accounts.record_act(action, origin(), detail).await?)
}
