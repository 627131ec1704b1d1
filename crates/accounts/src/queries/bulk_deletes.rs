//! Accounts that go for good, many at once, when an import is taken back.

use std::collections::HashMap;

use diesel::prelude::*;
use dragoman_store::{Connection, on};

use crate::{
    queries::{bulk_reads::KEYS, identities::IdentityRow},
    schema::{accounts, credentials, facets, identities, import_entries, old_sessions, sessions},
};

/// Every row of these accounts goes; there is no tombstone, as if they had never been here.
pub(crate) fn delete_accounts(connection: &mut Connection, numbers: &[i64], names: &[&IdentityRow]) -> QueryResult<()> {
    for numbers in numbers.chunks(KEYS) {
        on!(connection, c => diesel::delete(identities::table.filter(identities::account.eq_any(numbers))).execute(c))?;
        on!(connection, c => diesel::delete(credentials::table.filter(credentials::account.eq_any(numbers))).execute(c))?;
        on!(connection, c => diesel::delete(sessions::table.filter(sessions::account.eq_any(numbers))).execute(c))?;
        on!(connection, c => diesel::delete(old_sessions::table.filter(old_sessions::account.eq_any(numbers))).execute(c))?;
        on!(connection, c => diesel::delete(facets::table.filter(facets::account.eq_any(numbers))).execute(c))?;
        on!(connection, c => diesel::delete(accounts::table.filter(accounts::number.eq_any(numbers))).execute(c))?;
    }
    pass_on_folded_keys(connection, names)
}

/// What tells the folded keys of one value apart: they are of its group, in a scope and of a kind.
type Folded<'n> = (&'n [u8], &'n str, i16);

/// The folded keys that the deleted identities held pass to the lowest-numbered sibling of each (one-domain.md N2).
fn pass_on_folded_keys(connection: &mut Connection, deleted: &[&IdentityRow]) -> QueryResult<()> {
    let mut keys: HashMap<Folded<'_>, &[u8]> = HashMap::new();
    for row in deleted {
        if let Some(key) = &row.folded_key {
            keys.insert((&row.folded_group, &row.scope, row.kind), key);
        }
    }
    let groups: Vec<&[u8]> = keys.keys().map(|(group, ..)| *group).collect();
    let mut heirs: Vec<IdentityRow> = Vec::new();
    for groups in groups.chunks(KEYS) {
        heirs.extend(on!(connection, c => identities::table
            .filter(identities::folded_group.eq_any(groups))
            .select(IdentityRow::as_select())
            .load(c))?);
    }
    heirs.sort_by_key(|row| row.account);
    for heir in &heirs {
        let folded: Folded<'_> = (&heir.folded_group, &heir.scope, heir.kind);
        if let Some(key) = keys.remove(&folded) {
            on!(connection, c => diesel::update(identities::table.find(&heir.exact_key))
                .set(identities::folded_key.eq(key))
                .execute(c))?;
        }
    }
    Ok(())
}

/// Drops entries of the map of one scope.
pub(crate) fn delete_entries(connection: &mut Connection, scope: &str, keys: &[Vec<u8>]) -> QueryResult<()> {
    for keys in keys.chunks(KEYS) {
        on!(connection, c => diesel::delete(import_entries::table
            .filter(import_entries::scope.eq(scope).and(import_entries::entry_key.eq_any(keys))))
            .execute(c))?;
    }
    Ok(())
}
