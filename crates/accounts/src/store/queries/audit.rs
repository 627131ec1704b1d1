//! The append-only record of what happened to accounts.

use diesel::prelude::*;

use crate::{
    AccountNumber,
    clock::Timestamp,
    store::{Connection, on, schema::audit},
};

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

/// The actions recorded for an account, oldest first.
#[cfg(test)]
pub(crate) fn actions_of(connection: &mut Connection, account: AccountNumber) -> QueryResult<Vec<String>> {
    on!(connection, c => audit::table
        .filter(audit::account.eq(account.0))
        .order(audit::id.asc())
        .select(audit::action)
        .load(c))
}
