//! Password verifiers, one row a view.

use diesel::prelude::*;

use crate::{
    AccountNumber,
    clock::Timestamp,
    store::{Connection, on, schema::credentials},
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

/// Drops one view, as a rename does with the one that is made from the name.
pub(crate) fn delete_view(connection: &mut Connection, account: AccountNumber, view: &str) -> QueryResult<()> {
    on!(connection, c => diesel::delete(credentials::table.find((account.0, view))).execute(c))?;
    Ok(())
}

/// Drops every view.
pub(crate) fn delete_all(connection: &mut Connection, account: AccountNumber) -> QueryResult<()> {
    on!(connection, c => diesel::delete(credentials::table.filter(credentials::account.eq(account.0))).execute(c))?;
    Ok(())
}
