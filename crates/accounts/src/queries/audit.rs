//! The append-only record of what happened to accounts.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{AccountNumber, clock::Timestamp, schema::audit};

/// One thing that happened.
#[derive(Debug, Clone)]
pub(crate) struct AuditEntry<'a> {
    pub at: Timestamp,
    pub account: AccountNumber,
    pub actor: Option<AccountNumber>,
    pub action: &'static str,
    pub dialect: &'a str,
    pub network: Option<&'a str>,
}

pub(crate) fn append(connection: &mut Connection, entry: &AuditEntry<'_>) -> QueryResult<()> {
    on!(connection, c => diesel::insert_into(audit::table)
        .values((
            audit::at.eq(entry.at.millis()),
            audit::account.eq(entry.account.0),
            audit::actor.eq(entry.actor.map(|actor| actor.0)),
            audit::action.eq(entry.action),
            audit::dialect.eq(entry.dialect),
            audit::network.eq(entry.network),
        ))
        .execute(c))?;
    Ok(())
}

/// Whether an account's password was ever set anew, changed or reset.
pub(crate) fn has_new_password(connection: &mut Connection, account: AccountNumber) -> QueryResult<bool> {
    let changes: i64 = on!(connection, c => audit::table
        .filter(audit::account.eq(account.0))
        .filter(audit::action.like("password%"))
        .count()
        .get_result(c))?;
    Ok(changes > 0)
}

/// A record as stored: instant, actor, action, dialect, network.
pub(crate) type AuditRow = (i64, Option<i64>, String, String, Option<String>);

/// What happened to an account, newest first, at most `limit` records.
pub(crate) fn of_account(
    connection: &mut Connection,
    account: AccountNumber,
    limit: i64,
) -> QueryResult<Vec<AuditRow>> {
    on!(connection, c => audit::table
        .filter(audit::account.eq(account.0))
        .order(audit::id.desc())
        .limit(limit)
        .select((audit::at, audit::actor, audit::action, audit::dialect, audit::network))
        .load(c))
}

/// What strangers did, not the account: they reached a limit of failed attempts.
pub(crate) const LIMIT_REACHED: &str = "limit of failed attempts reached";
