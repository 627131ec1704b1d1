//! What imports and lists ask of many accounts at once: a few queries a batch, each with a bounded number of keys.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{
    Account,
    queries::{accounts::AccountRow, audit::LIMIT_REACHED, credentials::StoredCredential, identities::IdentityRow},
    schema::{accounts, audit, credentials, facets, identities, sessions},
};

/// Keys of one query.
pub(crate) const KEYS: usize = 1_000;

/// Who holds these exact or folded keys, by key.
pub(crate) fn holders(
    connection: &mut Connection,
    exact: &[&[u8]],
    folded: &[&[u8]],
) -> QueryResult<Vec<(Vec<u8>, i64)>> {
    let mut holders = Vec::new();
    for keys in exact.chunks(KEYS) {
        holders.extend(on!(connection, c => identities::table
            .filter(identities::exact_key.eq_any(keys))
            .select((identities::exact_key, identities::account))
            .load::<(Vec<u8>, i64)>(c))?);
    }
    for keys in folded.chunks(KEYS) {
        let found = on!(connection, c => identities::table
            .filter(identities::folded_key.eq_any(keys))
            .select((identities::folded_key, identities::account))
            .load::<(Option<Vec<u8>>, i64)>(c))?;
        holders.extend(found.into_iter().filter_map(|(key, account)| Some((key?, account))));
    }
    Ok(holders)
}

/// Which of these numbers were ever given out.
pub(crate) fn known_numbers(connection: &mut Connection, numbers: &[i64]) -> QueryResult<HashSet<i64>> {
    let mut known = HashSet::new();
    for numbers in numbers.chunks(KEYS) {
        let found: Vec<i64> = on!(connection, c => accounts::table
            .filter(accounts::number.eq_any(numbers))
            .select(accounts::number)
            .load(c))?;
        known.extend(found);
    }
    Ok(known)
}

/// The live accounts among these numbers.
pub(crate) fn live_accounts(connection: &mut Connection, numbers: &[i64]) -> QueryResult<HashMap<i64, Account>> {
    let mut found = HashMap::new();
    for numbers in numbers.chunks(KEYS) {
        let rows: Vec<AccountRow> = on!(connection, c => accounts::table
            .filter(accounts::number.eq_any(numbers).and(accounts::deleted_at.is_null()))
            .select(AccountRow::as_select())
            .load(c))?;
        found.extend(rows.into_iter().map(|row| (row.number().0, Account::from(row))));
    }
    Ok(found)
}

/// Which of these accounts live and ever logged in.
pub(crate) fn logged_in(connection: &mut Connection, numbers: &[i64]) -> QueryResult<HashSet<i64>> {
    let mut found = HashSet::new();
    for numbers in numbers.chunks(KEYS) {
        found.extend(on!(connection, c => accounts::table
            .filter(accounts::number.eq_any(numbers).and(accounts::deleted_at.is_null()))
            .filter(accounts::last_login_at.is_not_null())
            .select(accounts::number)
            .load::<i64>(c))?);
    }
    Ok(found)
}

/// Every identity of these accounts, by account.
pub(crate) fn identities_of(
    connection: &mut Connection,
    numbers: &[i64],
) -> QueryResult<HashMap<i64, Vec<IdentityRow>>> {
    let mut found: HashMap<i64, Vec<IdentityRow>> = HashMap::new();
    for numbers in numbers.chunks(KEYS) {
        let rows: Vec<IdentityRow> = on!(connection, c => identities::table
            .filter(identities::account.eq_any(numbers))
            .select(IdentityRow::as_select())
            .load(c))?;
        for row in rows {
            found.entry(row.account).or_default().push(row);
        }
    }
    Ok(found)
}

/// The bodies of one facet of these accounts.
pub(crate) fn facets_of(connection: &mut Connection, numbers: &[i64], name: &str) -> QueryResult<HashMap<i64, String>> {
    let mut found = HashMap::new();
    for numbers in numbers.chunks(KEYS) {
        found.extend(on!(connection, c => facets::table
            .filter(facets::account.eq_any(numbers).and(facets::name.eq(name)))
            .select((facets::account, facets::body))
            .load::<(i64, String)>(c))?);
    }
    Ok(found)
}

/// Every view of these accounts' passwords, by account and name.
pub(crate) fn credentials_of(
    connection: &mut Connection,
    numbers: &[i64],
) -> QueryResult<HashMap<i64, Vec<StoredCredential>>> {
    let mut found: HashMap<i64, Vec<StoredCredential>> = HashMap::new();
    for numbers in numbers.chunks(KEYS) {
        let rows: Vec<(i64, String, String)> = on!(connection, c => credentials::table
            .filter(credentials::account.eq_any(numbers))
            .order((credentials::account.asc(), credentials::view_name.asc()))
            .select((credentials::account, credentials::view_name, credentials::verifier))
            .load(c))?;
        for (account, view, verifier) in rows {
            found.entry(account).or_default().push((view, verifier));
        }
    }
    Ok(found)
}

/// The accounts that these tokens lead to, by digest.
pub(crate) fn accounts_of_tokens(
    connection: &mut Connection,
    digests: &[Vec<u8>],
) -> QueryResult<HashMap<Vec<u8>, Option<i64>>> {
    let mut found = HashMap::new();
    for digests in digests.chunks(KEYS) {
        found.extend(on!(connection, c => sessions::table
            .filter(sessions::token_digest.eq_any(digests))
            .select((sessions::token_digest, sessions::account))
            .load::<(Vec<u8>, Option<i64>)>(c))?);
    }
    Ok(found)
}

/// To which of these accounts anything happened from an instant on, apart from what strangers tried.
pub(crate) fn touched_since(connection: &mut Connection, numbers: &[i64], since: i64) -> QueryResult<HashSet<i64>> {
    let mut found = HashSet::new();
    for numbers in numbers.chunks(KEYS) {
        let rows: Vec<Option<i64>> = on!(connection, c => audit::table
            .filter(audit::account.eq_any(numbers))
            .filter(audit::at.ge(since).and(audit::action.ne(LIMIT_REACHED)))
            .select(audit::account)
            .distinct()
            .load(c))?;
        found.extend(rows.into_iter().flatten());
    }
    Ok(found)
}
