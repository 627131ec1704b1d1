//! The second factors of those who sign in to the console: a secret each, and recovery codes of which only digests are kept.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{
    AccountNumber,
    clock::Timestamp,
    schema::{recovery_codes, second_factors},
};

/// The stored secret of an account, and the step of its last code: `None` until the first one confirmed it.
pub(crate) fn find(connection: &mut Connection, account: AccountNumber) -> QueryResult<Option<(String, Option<i64>)>> {
    on!(connection, c => second_factors::table
        .find(account.0)
        .select((second_factors::secret, second_factors::last_step))
        .get_result(c)
        .optional())
}

pub(crate) fn insert(
    connection: &mut Connection,
    account: AccountNumber,
    secret: &str,
    at: Timestamp,
) -> QueryResult<()> {
    on!(connection, c => diesel::insert_into(second_factors::table)
        .values((
            second_factors::account.eq(account.0),
            second_factors::secret.eq(secret),
            second_factors::created_at.eq(at.millis()),
        ))
        .execute(c))?;
    Ok(())
}

/// Marks a step as used; `false`: it, or a later one, was used before.
pub(crate) fn use_step(connection: &mut Connection, account: AccountNumber, step: i64) -> QueryResult<bool> {
    let used = on!(connection, c => diesel::update(second_factors::table.find(account.0))
        .filter(second_factors::last_step.is_null().or(second_factors::last_step.lt(step)))
        .set(second_factors::last_step.eq(step))
        .execute(c))?;
    Ok(used == 1)
}

/// Forgets secret and recovery codes; gives whether there was a secret.
pub(crate) fn delete(connection: &mut Connection, account: AccountNumber) -> QueryResult<bool> {
    on!(connection, c => diesel::delete(recovery_codes::table.filter(recovery_codes::account.eq(account.0)))
        .execute(c))?;
    let deleted = on!(connection, c => diesel::delete(second_factors::table.find(account.0)).execute(c))?;
    Ok(deleted == 1)
}

pub(crate) fn insert_recovery(connection: &mut Connection, account: AccountNumber, digest: &[u8]) -> QueryResult<()> {
    on!(connection, c => diesel::insert_into(recovery_codes::table)
        .values((recovery_codes::account.eq(account.0), recovery_codes::code_digest.eq(digest)))
        .execute(c))?;
    Ok(())
}

/// Takes a recovery code; gives whether there was such a one.
pub(crate) fn take_recovery(connection: &mut Connection, account: AccountNumber, digest: &[u8]) -> QueryResult<bool> {
    let taken = on!(connection, c => diesel::delete(recovery_codes::table.find((account.0, digest))).execute(c))?;
    Ok(taken == 1)
}
