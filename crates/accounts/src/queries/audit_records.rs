//! Whole records of the audit: acts that concern no account, reading by filter, and what sealing needs.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{chain::StoredRecord, clock::Timestamp, schema::audit};

/// What is looked for; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this account.
    pub account: Option<i64>,
    /// Done by this account.
    pub actor: Option<i64>,
    /// What happened, whole.
    pub action: Option<String>,
    /// At this instant or later.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
}

/// Something an operator did that concerns no single account.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub at: Timestamp,
    pub action: &'static str,
    pub network: Option<String>,
    pub detail: Option<String>,
}

pub(crate) fn append_act(connection: &mut Connection, act: &Act) -> QueryResult<()> {
    on!(connection, c => diesel::insert_into(audit::table)
        .values((
            audit::at.eq(act.at.millis()),
            audit::action.eq(act.action),
            audit::dialect.eq("operator"),
            audit::network.eq(act.network.as_deref()),
            audit::detail.eq(act.detail.as_deref()),
        ))
        .execute(c))?;
    Ok(())
}

macro_rules! columns {
    () => {
        (
            audit::id,
            audit::at,
            audit::account,
            audit::actor,
            audit::action,
            audit::dialect,
            audit::network,
            audit::detail,
        )
    };
}

/// Records in the order of their ids, or the other way round, beyond an id.
pub(crate) fn page(
    connection: &mut Connection,
    filter: &AuditFilter,
    beyond: i64,
    newest_first: bool,
    limit: i64,
) -> QueryResult<Vec<StoredRecord>> {
    on!(connection, c => {
        let mut query = audit::table.select(columns!()).into_boxed();
        query = if newest_first {
            query.filter(audit::id.lt(beyond)).order(audit::id.desc())
        } else {
            query.filter(audit::id.gt(beyond)).order(audit::id.asc())
        };
        if let Some(account) = filter.account {
            query = query.filter(audit::account.eq(account));
        }
        if let Some(actor) = filter.actor {
            query = query.filter(audit::actor.eq(actor));
        }
        if let Some(action) = &filter.action {
            query = query.filter(audit::action.eq(action.clone()));
        }
        if let Some(since) = filter.since {
            query = query.filter(audit::at.ge(since.millis()));
        }
        if let Some(until) = filter.until {
            query = query.filter(audit::at.lt(until.millis()));
        }
        query.limit(limit).load(c)
    })
}

/// The first records that no seal names.
pub(crate) fn unsealed(connection: &mut Connection, limit: i64) -> QueryResult<Vec<StoredRecord>> {
    on!(connection, c => audit::table
        .filter(audit::seal.is_null())
        .order(audit::id)
        .limit(limit)
        .select(columns!())
        .load(c))
}

/// How many records no seal names.
pub(crate) fn count_unsealed(connection: &mut Connection) -> QueryResult<i64> {
    on!(connection, c => audit::table.filter(audit::seal.is_null()).count().get_result(c))
}

/// The records that say they are of a seal.
pub(crate) fn of_seal(connection: &mut Connection, seal: i64) -> QueryResult<Vec<StoredRecord>> {
    on!(connection, c => audit::table
        .filter(audit::seal.eq(seal))
        .order(audit::id)
        .select(columns!())
        .load(c))
}

/// Writes into records which seal names them.
pub(crate) fn set_seal(connection: &mut Connection, ids: &[i64], seal: i64) -> QueryResult<()> {
    on!(connection, c => diesel::update(audit::table.filter(audit::id.eq_any(ids)))
        .set(audit::seal.eq(seal))
        .execute(c))?;
    Ok(())
}

/// Deletes the records of a seal.
pub(crate) fn delete_of_seal(connection: &mut Connection, seal: i64) -> QueryResult<usize> {
    on!(connection, c => diesel::delete(audit::table.filter(audit::seal.eq(seal))).execute(c))
}

/// What the newest act of a kind said.
pub(crate) fn newest_detail(connection: &mut Connection, action: &str) -> QueryResult<Option<String>> {
    let found: Option<Option<String>> = on!(connection, c => audit::table
        .filter(audit::action.eq(action))
        .order(audit::id.desc())
        .limit(1)
        .select(audit::detail)
        .get_result(c)
        .optional())?;
    Ok(found.flatten())
}
