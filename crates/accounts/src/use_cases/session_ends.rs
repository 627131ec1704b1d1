//! What ends the sessions of an account, and with them its stateless tokens (one-domain.md R8).

use dragoman_store::Connection;

use crate::{
    AccountNumber, Realm,
    clock::Timestamp,
    queries::{
        accounts,
        sessions::{self, token_digest},
    },
};

/// What becomes of the account's sessions in the dialect where the password changes; in all others they end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnSessions {
    /// They go on (medusa, proxy, v1).
    Stay,
    /// All but the one of this token end (php).
    EndExcept(String),
    /// All end (frp).
    End,
}

/// Ends the sessions a password change ends. Stateless tokens belong to other dialects unless theirs stay.
pub(super) fn end_sessions(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
    own: &OwnSessions,
    now: Timestamp,
) -> diesel::QueryResult<()> {
    let kept = match own {
        OwnSessions::EndExcept(token) => sessions::find(connection, &token_digest(realm.dialect, token))?,
        OwnSessions::Stay | OwnSessions::End => None,
    };
    for session in sessions::all_of_account(connection, account)? {
        let stays = session.dialect == realm.dialect
            && match own {
                OwnSessions::Stay => true,
                OwnSessions::EndExcept(_) => kept.as_ref().is_some_and(|kept| kept.family == session.family),
                OwnSessions::End => false,
            };
        if !stays {
            sessions::delete(connection, &session.token_digest)?;
        }
    }
    if realm.stateless_tokens && *own == OwnSessions::Stay {
        return Ok(());
    }
    refuse_older_tokens(connection, account, now).map(|_| ())
}

/// Ends every session of an account; `false`: there is no such account.
pub(super) fn end_everything(
    connection: &mut Connection,
    account: AccountNumber,
    now: Timestamp,
) -> diesel::QueryResult<bool> {
    // Held first: a login that was confirmed before this ends with the rest.
    if !accounts::hold(connection, account)? {
        return Ok(false);
    }
    sessions::delete_all_of_account(connection, account)?;
    refuse_older_tokens(connection, account, now)
}

/// Tokens carry whole seconds: those of the present one are refused too, and a login within it issues for the next
/// (see [`crate::Account::tokens_not_before`]).
fn refuse_older_tokens(
    connection: &mut Connection,
    account: AccountNumber,
    now: Timestamp,
) -> diesel::QueryResult<bool> {
    accounts::set_tokens_not_before(connection, account, now.seconds() + 1)
}
