//! Sessions of an old server, each beside one of ours: only sealed texts are stored.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{
    AccountNumber,
    clock::Timestamp,
    schema::{old_sessions, sessions},
};

/// An old server's session as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = old_sessions)]
pub(crate) struct OldSessionRow {
    /// The family of the stored session it is beside, or the digest of a signed token.
    pub session: Vec<u8>,
    pub account: Option<i64>,
    /// Empty: the token of the session is the old server's own.
    pub sealed: String,
    pub kept_at: i64,
    /// Only beside a signed token, which has no row of its own that tells when it is over.
    pub purge_at: Option<i64>,
}

/// Keeps it, in the place of one from before.
pub(crate) fn put(connection: &mut Connection, row: &OldSessionRow) -> QueryResult<()> {
    delete(connection, &row.session)?;
    on!(connection, c => diesel::insert_into(old_sessions::table).values(row).execute(c))?;
    Ok(())
}

/// Keeps it in the place of the one that is there; gives whether there is one.
pub(crate) fn replace(connection: &mut Connection, session: &[u8], sealed: &str, now: Timestamp) -> QueryResult<bool> {
    let changed = on!(connection, c => diesel::update(old_sessions::table.find(session))
        .set((old_sessions::sealed.eq(sealed), old_sessions::kept_at.eq(now.millis())))
        .execute(c))?;
    Ok(changed > 0)
}

pub(crate) fn find(connection: &mut Connection, session: &[u8]) -> QueryResult<Option<OldSessionRow>> {
    on!(connection, c => old_sessions::table
        .find(session)
        .select(OldSessionRow::as_select())
        .get_result(c)
        .optional())
}

pub(crate) fn delete(connection: &mut Connection, session: &[u8]) -> QueryResult<()> {
    on!(connection, c => diesel::delete(old_sessions::table.find(session)).execute(c))?;
    Ok(())
}

pub(crate) fn delete_all_of_account(connection: &mut Connection, account: AccountNumber) -> QueryResult<()> {
    on!(connection, c => diesel::delete(old_sessions::table.filter(old_sessions::account.eq(account.0))).execute(c))?;
    Ok(())
}

/// Deletes at most `limit` whose own session is over or gone; gives how many.
pub(crate) fn purge(connection: &mut Connection, now: Timestamp, limit: i64) -> QueryResult<usize> {
    let mut dead = on!(connection, c => old_sessions::table
        .filter(old_sessions::purge_at.le(now.millis()))
        .select(old_sessions::session)
        .limit(limit)
        .load::<Vec<u8>>(c))?;
    if dead.is_empty() {
        dead = on!(connection, c => old_sessions::table
            .left_join(sessions::table.on(sessions::family.eq(old_sessions::session)))
            .filter(old_sessions::purge_at.is_null().and(sessions::token_digest.nullable().is_null()))
            .select(old_sessions::session)
            .limit(limit)
            .load::<Vec<u8>>(c))?;
    }
    on!(connection, c => diesel::delete(old_sessions::table.filter(old_sessions::session.eq_any(&dead))).execute(c))
}
