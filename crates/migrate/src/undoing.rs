//! Taking an import back. The source is not needed: the map knows what was done.

use std::time::Duration;

use dragoman_accounts::KeptAccount;

use crate::{
    ImportError, Plan, Target,
    applying::{PICTURES, ROWS},
};

/// How long a batch goes on: whoever logs in on SQLite waits as long.
const LONGEST: Duration = Duration::from_secs(1);

/// What an undo did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undone {
    /// Accounts removed, or put back as they were.
    pub accounts: u64,
    /// Accounts left alone because they changed since; the import stays known for them.
    pub kept: Vec<KeptAccount>,
    /// Files in the picture store that can go.
    pub pictures: Vec<String>,
}

/// Takes an import back, batch by batch; it can be killed and run again.
///
/// # Errors
/// If the gateway cannot be asked, or the plan was never applied.
pub async fn undo(target: &Target<'_>, plan: &Plan) -> Result<Undone, ImportError> {
    let import = &plan.header.id;
    let Some(journal) = target.accounts.import_journal(import).await? else { return Err(ImportError::NotApplied) };
    let mut undone = Undone::default();
    let mut after = Some(Vec::new());
    while let Some(key) = after {
        let batch = target.accounts.undo_import_batch(target.realm, import, key, LONGEST).await?;
        undone.accounts += batch.undone as u64;
        undone.kept.extend(batch.kept);
        undone.pictures.extend(batch.pictures);
        after = batch.next;
        target.watch.at(undone.accounts, Some(journal.total.unsigned_abs()));
    }
    if plan.summary.rows > 0 && journal.phase >= PICTURES {
        target.accounts.undo_catalogue_of_import(target.realm, import, ROWS).await?;
    }
    target.accounts.finish_undo(target.realm, import).await?;
    Ok(undone)
}
