//! Whether somebody's word is enough, as the accounts are within a write.

use dragoman_store::{Aborted, Connection};

use crate::{AccountError, AccountNumber, Authority, Role, queries::accounts, refuse};

/// Makes sure, within a write, that the target lives and may be changed on this word; holds it until the write ends.
pub(super) fn authorise(
    connection: &mut Connection,
    authority: Authority,
    target: AccountNumber,
) -> Result<(), Aborted<AccountError>> {
    if !accounts::hold(connection, target)? {
        return refuse(AccountError::UnknownAccount);
    }
    match accounts::find(connection, target)? {
        Some(target) => allow_role(connection, authority, target.role),
        None => refuse(AccountError::UnknownAccount),
    }
}

/// Refuses unless this word is enough to act on an account of a role, or to give one. A locked actor is as good as none
/// (one-domain.md R12).
pub(super) fn allow_role(
    connection: &mut Connection,
    authority: Authority,
    role: Role,
) -> Result<(), Aborted<AccountError>> {
    let actor = match authority.actor() {
        Some(actor) => accounts::find(connection, actor)?.filter(|actor| !actor.locked).map(|actor| actor.role),
        None => None,
    };
    authority.allows(actor, role).map_err(Aborted::Refused)
}
