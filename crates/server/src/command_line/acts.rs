//! What an operator does by command is in the audit: who, as the system knows him, and through what.

use dragoman_accounts::{Accounts, Origin};
use rustix::process::getuid;

use super::Complaint;

/// From where a command acts.
pub(super) fn here() -> String {
    format!("command line, user {}", getuid().as_raw())
}

/// The same for what is done to an account.
pub(super) fn origin() -> Origin {
    Origin { network: Some(here()) }
}

/// Records what was done; `detail` holds no secret.
pub(super) async fn record(accounts: &Accounts, action: &'static str, detail: Option<&str>) -> Result<(), Complaint> {
    Ok(accounts.record_act(action, &here(), detail).await?)
}
