//! `import apply --wrap now`: weak hashes are wrapped in bcrypt on all cores before the command ends.

use dragoman_accounts::{AccountNumber, Accounts};
use dragoman_migrate::Watch;
use dragoman_passwords::{Caller, Standing};

use super::progress::{Bar, Unit};
use crate::command_line::Complaint;

/// Accounts of one call.
const BATCH: usize = 50;

/// Wraps whatever is sealed; gives how many accounts that were.
pub(super) async fn wrap_all(accounts: &Accounts, expected: u64) -> Result<u64, Complaint> {
    let bar = Bar::start("wrap", Unit::Accounts);
    let caller = Caller::new(Standing::Ordinary, None);
    let (mut wrapped, mut after) = (0, Some(AccountNumber(0)));
    while let Some(number) = after {
        let batch = accounts.wrap_sealed(number, BATCH, &caller).await?;
        wrapped += batch.accounts as u64;
        after = batch.next;
        bar.at(wrapped, Some(expected));
    }
    bar.finish();
    Ok(wrapped)
}
