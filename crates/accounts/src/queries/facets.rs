//! What only one dialect knows of an account: a text of its own making.

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{AccountNumber, schema::facets};

/// The body of a facet.
pub(crate) fn find(connection: &mut Connection, account: AccountNumber, name: &str) -> QueryResult<Option<String>> {
    on!(connection, c => facets::table.find((account.0, name)).select(facets::body).get_result(c).optional())
}

/// The facets of one name, by ascending account, after one.
pub(crate) fn page(
    connection: &mut Connection,
    name: &str,
    after: AccountNumber,
    limit: i64,
) -> QueryResult<Vec<(i64, String)>> {
    on!(connection, c => facets::table
        .filter(facets::name.eq(name))
        .filter(facets::account.gt(after.0))
        .order(facets::account)
        .limit(limit)
        .select((facets::account, facets::body))
        .load(c))
}

/// Writes a facet, whether or not it was there.
pub(crate) fn put(connection: &mut Connection, account: AccountNumber, name: &str, body: &str) -> QueryResult<()> {
    let changed = on!(connection, c => diesel::update(facets::table.find((account.0, name)))
        .set(facets::body.eq(body))
        .execute(c))?;
    if changed == 0 {
        on!(connection, c => diesel::insert_into(facets::table)
            .values((facets::account.eq(account.0), facets::name.eq(name), facets::body.eq(body)))
            .execute(c))?;
    }
    Ok(())
}

/// Drops every facet of an account.
pub(crate) fn delete_all(connection: &mut Connection, account: AccountNumber) -> QueryResult<()> {
    on!(connection, c => diesel::delete(facets::table.filter(facets::account.eq(account.0))).execute(c))?;
    Ok(())
}

/// Drops one facet of an account.
pub(crate) fn delete(connection: &mut Connection, account: AccountNumber, name: &str) -> QueryResult<()> {
    on!(connection, c => diesel::delete(facets::table.find((account.0, name))).execute(c))?;
    Ok(())
}
