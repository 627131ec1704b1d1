//! Password verifiers, one row a view.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{
    AccountNumber,
    clock::Timestamp,
    schema::{accounts, credentials},
};

/// A verifier as stored: the view's name and the scheme's text.
pub(crate) type StoredCredential = (String, String);

/// Every view of an account's password, by name.
pub(crate) fn of_account(connection: &mut Connection, account: AccountNumber) -> QueryResult<Vec<StoredCredential>> {
    on!(connection, c => credentials::table
        .filter(credentials::account.eq(account.0))
        .order(credentials::view_name.asc())
        .select((credentials::view_name, credentials::verifier))
        .load(c))
}

/// Puts these views in the place of all the account had.
pub(crate) fn replace(
    connection: &mut Connection,
    account: AccountNumber,
    views: &[StoredCredential],
    at: Timestamp,
) -> QueryResult<()> {
    delete_all(connection, account)?;
    for (view, verifier) in views {
        on!(connection, c => diesel::insert_into(credentials::table)
            .values((
                credentials::account.eq(account.0),
                credentials::view_name.eq(view),
                credentials::verifier.eq(verifier),
                credentials::changed_at.eq(at.millis()),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// The rows of accounts after `after`, in the order of their numbers, at most `limit`; only those that begin so, if told.
pub(crate) fn page(
    connection: &mut Connection,
    after: i64,
    beginning: Option<&str>,
    limit: i64,
) -> QueryResult<Vec<(i64, String, String)>> {
    let pattern = format!("{}%", beginning.unwrap_or_default());
    on!(connection, c => credentials::table
        .filter(credentials::account.gt(after))
        .filter(credentials::verifier.like(&pattern))
        .order((credentials::account.asc(), credentials::view_name.asc()))
        .select((credentials::account, credentials::view_name, credentials::verifier))
        .limit(limit)
        .load(c))
}

/// Drops one view, as a rename does with the one that is made from the name.
pub(crate) fn delete_view(connection: &mut Connection, account: AccountNumber, view: &str) -> QueryResult<()> {
    on!(connection, c => diesel::delete(credentials::table.find((account.0, view))).execute(c))?;
    Ok(())
}

/// Accounts after `after` that keep one of these views, in the order of their numbers, at most `limit`.
pub(crate) fn accounts_with(
    connection: &mut Connection,
    views: &[&str],
    after: i64,
    limit: i64,
) -> QueryResult<Vec<i64>> {
    on!(connection, c => credentials::table
        .filter(credentials::view_name.eq_any(views))
        .filter(credentials::account.gt(after))
        .select(credentials::account)
        .distinct()
        .order(credentials::account.asc())
        .limit(limit)
        .load(c))
}

/// Drops these views of those of the accounts that have the view `kept` as well; gives how many accounts those are.
pub(crate) fn delete_views_beside(
    connection: &mut Connection,
    accounts: &[i64],
    kept: &str,
    views: &[&str],
) -> QueryResult<usize> {
    let secured: Vec<i64> = on!(connection, c => credentials::table
        .filter(credentials::account.eq_any(accounts))
        .filter(credentials::view_name.eq(kept))
        .select(credentials::account)
        .load(c))?;
    on!(connection, c => diesel::delete(credentials::table
        .filter(credentials::account.eq_any(&secured).and(credentials::view_name.eq_any(views))))
        .execute(c))?;
    Ok(secured.len())
}

/// Drops every view.
pub(crate) fn delete_all(connection: &mut Connection, account: AccountNumber) -> QueryResult<()> {
    on!(connection, c => diesel::delete(credentials::table.filter(credentials::account.eq(account.0))).execute(c))?;
    Ok(())
}

/// How many live accounts have no view at all.
pub(crate) fn count_accounts_without(connection: &mut Connection) -> QueryResult<i64> {
    on!(connection, c => accounts::table
        .filter(accounts::deleted_at.is_null())
        .filter(diesel::dsl::not(diesel::dsl::exists(
            credentials::table.filter(credentials::account.eq(accounts::number)),
        )))
        .count()
        .get_result(c))
}
