//! Token sessions; only the digest of a token is stored.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{AccountNumber, clock::Timestamp, identity::digest_of, queries::old_sessions, schema::sessions};

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub(crate) struct SessionRow {
    pub token_digest: Vec<u8>,
    pub account: Option<i64>,
    pub dialect: String,
    pub scope: String,
    pub purpose: String,
    pub family: Vec<u8>,
    pub created_at: i64,
    pub touched_at: i64,
    pub expires_at: Option<i64>,
    pub purge_at: Option<i64>,
}

/// Only this of a token is stored.
pub(crate) fn token_digest(dialect: &str, token: &str) -> Vec<u8> {
    digest_of(&[b"token", dialect.as_bytes(), token.as_bytes()])
}

pub(crate) fn insert(connection: &mut Connection, session: &SessionRow) -> QueryResult<()> {
    on!(connection, c => diesel::insert_into(sessions::table).values(session).execute(c))?;
    Ok(())
}

pub(crate) fn find(connection: &mut Connection, token_digest: &[u8]) -> QueryResult<Option<SessionRow>> {
    on!(connection, c => sessions::table
        .find(token_digest)
        .select(SessionRow::as_select())
        .get_result(c)
        .optional())
}

/// Restarts the idle clock of a session that still lives.
pub(crate) fn touch(
    connection: &mut Connection,
    token_digest: &[u8],
    at: Timestamp,
    expires_at: Timestamp,
) -> QueryResult<()> {
    on!(connection, c => diesel::update(sessions::table.find(token_digest))
        .filter(sessions::expires_at.gt(at.millis()))
        .set((
            sessions::touched_at.eq(at.millis()),
            sessions::expires_at.eq(expires_at.millis()),
            sessions::purge_at.eq(expires_at.millis()),
        ))
        .execute(c))?;
    Ok(())
}

/// An account's sessions of a dialect's scope, newest first.
pub(crate) fn of_account(
    connection: &mut Connection,
    account: AccountNumber,
    dialect: &str,
    scope: &str,
) -> QueryResult<Vec<SessionRow>> {
    on!(connection, c => sessions::table
        .filter(sessions::account.eq(account.0))
        .filter(sessions::dialect.eq(dialect))
        .filter(sessions::scope.eq(scope))
        .order((sessions::created_at.desc(), sessions::token_digest.desc()))
        .select(SessionRow::as_select())
        .load(c))
}

/// Every session of an account, newest first.
pub(crate) fn all_of_account(connection: &mut Connection, account: AccountNumber) -> QueryResult<Vec<SessionRow>> {
    on!(connection, c => sessions::table
        .filter(sessions::account.eq(account.0))
        .order((sessions::created_at.desc(), sessions::token_digest.desc()))
        .select(SessionRow::as_select())
        .load(c))
}

pub(crate) fn delete(connection: &mut Connection, token_digest: &[u8]) -> QueryResult<bool> {
    let deleted = on!(connection, c => diesel::delete(sessions::table.find(token_digest)).execute(c))?;
    Ok(deleted == 1)
}

/// Ends all tokens that came from one login, and the old server's session beside them.
pub(crate) fn delete_family(connection: &mut Connection, family: &[u8]) -> QueryResult<()> {
    old_sessions::delete(connection, family)?;
    on!(connection, c => diesel::delete(sessions::table.filter(sessions::family.eq(family))).execute(c))?;
    Ok(())
}

/// Deletes a login's tokens of one purpose but the newest, so that a session does not grow with every refresh.
pub(crate) fn keep_newest_in_family(
    connection: &mut Connection,
    family: &[u8],
    purpose: &str,
    kept: usize,
) -> QueryResult<()> {
    let newest_first = on!(connection, c => sessions::table
        .filter(sessions::family.eq(family))
        .filter(sessions::purpose.eq(purpose))
        .order((sessions::touched_at.desc(), sessions::token_digest.desc()))
        .select(sessions::token_digest)
        .load::<Vec<u8>>(c))?;
    newest_first.iter().skip(kept).try_for_each(|digest| delete(connection, digest).map(|_| ()))
}

pub(crate) fn delete_all_of_account(connection: &mut Connection, account: AccountNumber) -> QueryResult<()> {
    old_sessions::delete_all_of_account(connection, account)?;
    on!(connection, c => diesel::delete(sessions::table.filter(sessions::account.eq(account.0))).execute(c))?;
    Ok(())
}

/// Makes every live session of a purpose expired: known, but past its life (testing API).
pub(crate) fn expire_purpose(connection: &mut Connection, purpose: &str, at: Timestamp) -> QueryResult<()> {
    on!(connection, c => diesel::update(sessions::table)
        .filter(sessions::purpose.eq(purpose))
        .filter(sessions::expires_at.is_null().or(sessions::expires_at.gt(at.millis())))
        .set(sessions::expires_at.eq(at.millis()))
        .execute(c))?;
    Ok(())
}

/// Deletes at most `limit` sessions that nobody needs to know of any more; gives how many.
pub(crate) fn purge(connection: &mut Connection, now: Timestamp, limit: i64) -> QueryResult<usize> {
    let dead = on!(connection, c => sessions::table
        .filter(sessions::purge_at.le(now.millis()))
        .select(sessions::token_digest)
        .limit(limit)
        .load::<Vec<u8>>(c))?;
    // Asked again: a session may have been touched since it was read.
    on!(connection, c => diesel::delete(sessions::table)
        .filter(sessions::token_digest.eq_any(&dead).and(sessions::purge_at.le(now.millis())))
        .execute(c))
}
