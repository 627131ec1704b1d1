//! Accounts as an operator sees them: over all scopes, with everything that is kept of them but secrets.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{
    Account, AccountNumber,
    clock::Timestamp,
    identity::{EVERYWHERE, IdentityKeys, IdentityKind},
    queries::{accounts::AccountRow, throttles::is_live},
    schema::{accounts, credentials, identities, throttles},
};

/// Live accounts after a number, in order.
pub(crate) fn after(connection: &mut Connection, after: AccountNumber, limit: i64) -> QueryResult<Vec<Account>> {
    let rows: Vec<AccountRow> = on!(connection, c => accounts::table
        .filter(accounts::number.gt(after.0).and(accounts::deleted_at.is_null()))
        .order(accounts::number.asc())
        .limit(limit)
        .select(AccountRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Account::from).collect())
}

/// The first numbers of accounts that have this whole text as name, address or imported number in any scope, whatever its case.
/// Reads an index.
pub(crate) fn holders(connection: &mut Connection, text: &str, limit: i64) -> QueryResult<Vec<i64>> {
    let kinds = [IdentityKind::Username, IdentityKind::Email, IdentityKind::ExternalId];
    let groups = kinds.map(|kind| IdentityKeys::new(EVERYWHERE, kind, text).group);
    on!(connection, c => identities::table
        .filter(identities::folded_group.eq_any(&groups))
        .select(identities::account)
        .distinct()
        .order(identities::account.asc())
        .limit(limit)
        .load(c))
}

/// View, verifier and date of every credential of an account.
pub(crate) fn credentials(
    connection: &mut Connection,
    account: AccountNumber,
) -> QueryResult<Vec<(String, String, i64)>> {
    on!(connection, c => credentials::table
        .filter(credentials::account.eq(account.0))
        .order(credentials::view_name.asc())
        .select((credentials::view_name, credentials::verifier, credentials::changed_at))
        .load(c))
}

/// When an account last logged in.
pub(crate) fn last_login(connection: &mut Connection, account: AccountNumber) -> QueryResult<Option<i64>> {
    let last = on!(connection, c => accounts::table
        .find(account.0)
        .select(accounts::last_login_at)
        .get_result::<Option<i64>>(c)
        .optional())?;
    Ok(last.flatten())
}

/// Failures and end of every living counter between two keys.
pub(crate) fn failures_between(
    connection: &mut Connection,
    (first, last): (&[u8], &[u8]),
    now: Timestamp,
) -> QueryResult<Vec<(i64, i64)>> {
    on!(connection, c => throttles::table
        .filter(throttles::throttle_key.ge(first).and(throttles::throttle_key.le(last)))
        .filter(is_live!(now))
        .order(throttles::failures.desc())
        .select((throttles::failures, throttles::expires_at))
        .limit(100)
        .load(c))
}
