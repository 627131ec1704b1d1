//! Captchas, codes, page tokens and permits: issued, tried, spent, expired.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{AccountNumber, clock::Timestamp, schema::challenges};

/// A challenge as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = challenges, primary_key(challenge_key), treat_none_as_null = true)]
pub(crate) struct ChallengeRow {
    pub challenge_key: Vec<u8>,
    pub dialect: String,
    pub purpose: String,
    pub answer: String,
    pub account: Option<i64>,
    pub tries_left: i32,
    pub spent: bool,
    pub created_at: i64,
    pub expires_at: i64,
    pub purge_at: i64,
}

/// Puts a challenge in the place of an older one with the same key. Not by deleting that one: of many that do so at once
/// on PostgreSQL each would miss the row the one before it inserted, and collide with it again and again.
pub(crate) fn replace(connection: &mut Connection, challenge: &ChallengeRow) -> QueryResult<()> {
    let replaced = on!(connection, c => diesel::update(challenges::table.find(&challenge.challenge_key))
        .set(challenge)
        .execute(c))?;
    if replaced == 0 {
        on!(connection, c => diesel::insert_into(challenges::table).values(challenge).execute(c))?;
    }
    Ok(())
}

pub(crate) fn find(connection: &mut Connection, key: &[u8]) -> QueryResult<Option<ChallengeRow>> {
    on!(connection, c => challenges::table
        .find(key)
        .select(ChallengeRow::as_select())
        .get_result(c)
        .optional())
}

/// How many challenges between two keys, both included, are alive.
pub(crate) fn count_between(
    connection: &mut Connection,
    (first, last): (&[u8], &[u8]),
    now: Timestamp,
) -> QueryResult<i64> {
    on!(connection, c => challenges::table
        .filter(challenges::challenge_key.between(first, last))
        .filter(challenges::expires_at.gt(now.millis()))
        .count()
        .get_result(c))
}

/// The newest live challenge between two keys, both included.
pub(crate) fn newest_between(
    connection: &mut Connection,
    (first, last): (&[u8], &[u8]),
    now: Timestamp,
) -> QueryResult<Option<ChallengeRow>> {
    on!(connection, c => challenges::table
        .filter(challenges::challenge_key.between(first, last))
        .filter(challenges::expires_at.gt(now.millis()))
        .order(challenges::created_at.desc())
        .select(ChallengeRow::as_select())
        .first(c)
        .optional())
}

/// Takes the row's lock, so that of a hundred answers at once each sees what the one before it left.
pub(crate) fn hold(connection: &mut Connection, key: &[u8]) -> QueryResult<Option<ChallengeRow>> {
    on!(connection, c => diesel::update(challenges::table.find(key))
        .set(challenges::spent.eq(challenges::spent))
        .execute(c))?;
    find(connection, key)
}

pub(crate) fn set_tries_left(connection: &mut Connection, key: &[u8], tries_left: i32) -> QueryResult<()> {
    on!(connection, c => diesel::update(challenges::table.find(key))
        .set(challenges::tries_left.eq(tries_left))
        .execute(c))?;
    Ok(())
}

/// Deletes a challenge; gives whether it was there.
pub(crate) fn delete(connection: &mut Connection, key: &[u8]) -> QueryResult<bool> {
    let deleted = on!(connection, c => diesel::delete(challenges::table.find(key)).execute(c))?;
    Ok(deleted == 1)
}

pub(crate) fn delete_all_of_account(connection: &mut Connection, account: AccountNumber) -> QueryResult<()> {
    on!(connection, c => diesel::delete(challenges::table.filter(challenges::account.eq(account.0))).execute(c))?;
    Ok(())
}

/// Deletes at most `limit` challenges past their second life (one-domain.md P7); gives how many.
pub(crate) fn purge(connection: &mut Connection, now: Timestamp, limit: i64) -> QueryResult<usize> {
    let dead = on!(connection, c => challenges::table
        .filter(challenges::purge_at.le(now.millis()))
        .select(challenges::challenge_key)
        .limit(limit)
        .load::<Vec<u8>>(c))?;
    // Asked again: a handle may have got a new challenge since it was read.
    on!(connection, c => diesel::delete(challenges::table)
        .filter(challenges::challenge_key.eq_any(&dead).and(challenges::purge_at.le(now.millis())))
        .execute(c))
}
