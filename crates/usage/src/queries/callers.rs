//! One row a mount, route, client and account.

use diesel::dsl::{case_when, count};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use dragoman_store::{Connection, on};
use sha2::{Digest, Sha256};

use crate::{
    call::{Call, Counted},
    schema::usage_callers::{self, dsl},
};

/// A row's key: no engine then compares texts in its own way.
pub(crate) type Key = Vec<u8>;

/// The key of a call. No part holds a line feed.
pub(crate) fn key(call: &Call) -> Key {
    let Call { mount, route, client, caller } = call;
    let mut digest = Sha256::new();
    digest.update(format!("{mount}\n{route}\n{client}\n{:?}", caller.to_row()));
    digest.finalize().to_vec()
}

/// One row as it is read.
#[derive(Debug, Queryable)]
pub(crate) struct Row {
    pub caller_key: Key,
    pub mount: String,
    pub route: String,
    pub client: String,
    pub account: Option<i64>,
    pub first_at: i64,
    pub last_at: i64,
}

/// Adds to the row of a key; `false`: there is none.
pub(crate) fn add(connection: &mut Connection, key: &Key, counted: &Counted) -> QueryResult<bool> {
    let Counted { requests, first_at, last_at, .. } = *counted;
    let added = on!(connection, c => diesel::update(usage_callers::table.find(key))
        .set((
            dsl::requests.eq(dsl::requests + requests),
            dsl::first_at.eq(case_when(dsl::first_at.gt(first_at), first_at.into_sql::<BigInt>()).otherwise(dsl::first_at)),
            dsl::last_at.eq(case_when(dsl::last_at.lt(last_at), last_at.into_sql::<BigInt>()).otherwise(dsl::last_at)),
        ))
        .execute(c))?;
    Ok(added > 0)
}

pub(crate) fn insert(connection: &mut Connection, key: &Key, call: &Call, counted: &Counted) -> QueryResult<()> {
    let row = (
        dsl::caller_key.eq(key),
        dsl::mount.eq(&*call.mount),
        dsl::route.eq(call.route),
        dsl::client.eq(call.client.as_str()),
        dsl::account.eq(call.caller.to_row()),
        dsl::requests.eq(counted.requests),
        dsl::first_at.eq(counted.first_at),
        dsl::last_at.eq(counted.last_at),
    );
    on!(connection, c => diesel::insert_into(usage_callers::table).values(row).execute(c))?;
    Ok(())
}

pub(crate) fn knows_client(connection: &mut Connection, client: &str) -> QueryResult<bool> {
    let found = on!(connection, c => usage_callers::table
        .filter(dsl::client.eq(client))
        .select(dsl::client)
        .limit(1)
        .load::<String>(c))?;
    Ok(!found.is_empty())
}

pub(crate) fn count_clients(connection: &mut Connection) -> QueryResult<i64> {
    on!(connection, c => usage_callers::table.select(count(dsl::client).aggregate_distinct()).get_result(c))
}

/// Deletes at most `limit` rows that were last added to before `instant`; gives how many.
pub(crate) fn purge(connection: &mut Connection, instant: i64, limit: i64) -> QueryResult<usize> {
    let dead = on!(connection, c => usage_callers::table
        .filter(dsl::last_at.lt(instant))
        .select(dsl::caller_key)
        .limit(limit)
        .load::<Key>(c))?;
    on!(connection, c => diesel::delete(usage_callers::table.filter(dsl::caller_key.eq_any(&dead))).execute(c))
}

/// A page of rows last added to since `instant`, in the order of their keys.
pub(crate) fn page(connection: &mut Connection, after: &Key, since: i64, limit: i64) -> QueryResult<Vec<Row>> {
    on!(connection, c => usage_callers::table
        .filter(dsl::caller_key.gt(after).and(dsl::last_at.ge(since)))
        .select((
            dsl::caller_key,
            dsl::mount,
            dsl::route,
            dsl::client,
            dsl::account,
            dsl::first_at,
            dsl::last_at,
        ))
        .order(dsl::caller_key)
        .limit(limit)
        .load(c))
}
