//! Accounts that step aside in a realm for the old number of somebody else, and come back when it is free again.

use dragoman_store::Connection;

use crate::{
    AccountNumber, Realm,
    identity::{IdentityKind, exact_key},
    queries::{
        identities::{self, IdentityRow},
        import_entries::{self, EntryKind, EntryRow, key_of},
    },
    use_cases::import::SteppedAside,
};

/// The key of its entry in the map.
pub(crate) fn aside_key(account: AccountNumber) -> Vec<u8> {
    key_of("aside:", &account.to_string())
}

/// What the map of an import knows of it.
pub(crate) fn aside_entry(realm: &Realm, import: &str, aside: SteppedAside) -> EntryRow {
    EntryRow {
        scope: realm.scope.to_string(),
        entry_key: aside_key(aside.account),
        import: import.to_owned(),
        kind: EntryKind::Aside.to_stored(),
        account: Some(aside.account.0),
        digest: Vec::new(),
        previous: Some(aside.shown.to_string()),
    }
}

/// The number that an account shows only because it stepped aside.
pub(crate) fn shown_aside(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
) -> diesel::QueryResult<Option<IdentityRow>> {
    match entries_of(connection, realm, &[aside_key(account)])?.first() {
        Some(entry) => number_of(connection, realm, entry),
        None => Ok(None),
    }
}

/// Whether an account stepped aside and is not back.
pub(crate) fn is_aside(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
) -> diesel::QueryResult<bool> {
    Ok(!entries_of(connection, realm, &[aside_key(account)])?.is_empty())
}

/// Whoever stepped aside for one of these identities, which are gone, is shown by the own number again.
pub(crate) fn come_back(
    connection: &mut Connection,
    realm: &Realm,
    released: &[&IdentityRow],
) -> diesel::QueryResult<()> {
    let numbers =
        released.iter().filter(|row| row.kind == IdentityKind::ExternalId.to_stored() && row.scope == *realm.scope);
    let keys: Vec<Vec<u8>> = numbers.map(|row| key_of("aside:", &row.value)).collect();
    if keys.is_empty() {
        return Ok(());
    }
    for entry in entries_of(connection, realm, &keys)? {
        take_back(connection, realm, &entry)?;
    }
    Ok(())
}

/// Takes the number away that stepping aside gave, unless that made room for somebody who still has the account's own.
pub(crate) fn come_back_if_free(
    connection: &mut Connection,
    realm: &Realm,
    entry: &EntryRow,
) -> diesel::QueryResult<()> {
    let own = entry.account.unwrap_or_default().to_string();
    match identities::find_own(connection, realm, IdentityKind::ExternalId, &own)? {
        Some(_) => Ok(()),
        None => take_back(connection, realm, entry),
    }
}

fn take_back(connection: &mut Connection, realm: &Realm, entry: &EntryRow) -> diesel::QueryResult<()> {
    if let Some(number) = number_of(connection, realm, entry)? {
        identities::release(connection, &number)?;
    }
    import_entries::delete(connection, &entry.scope, &entry.entry_key)
}

fn number_of(connection: &mut Connection, realm: &Realm, entry: &EntryRow) -> diesel::QueryResult<Option<IdentityRow>> {
    let shown = entry.previous.as_deref().unwrap_or_default();
    let key = exact_key(&realm.scope, IdentityKind::ExternalId, shown);
    let account = AccountNumber(entry.account.unwrap_or_default());
    Ok(identities::all_of_account(connection, account)?.into_iter().find(|identity| identity.exact_key == key))
}

fn entries_of(connection: &mut Connection, realm: &Realm, keys: &[Vec<u8>]) -> diesel::QueryResult<Vec<EntryRow>> {
    import_entries::find_many(connection, &realm.scope, keys)
}
