//! Taking an import back: what it made goes, what it added to others goes, what changed since stays and is told.

use dragoman_store::{Aborted, Connection};

use crate::{
    AccountError, AccountNumber, Accounts, Realm,
    identity::{EVERYWHERE, IdentityKind},
    queries::{
        accounts, audit,
        counters::{self, ACCOUNT_NUMBER, LIVE_ACCOUNTS},
        credentials, facets, identities,
        import_entries::{self, EntryKind, EntryRow},
        imports, sessions,
    },
    refuse,
    use_cases::{import_merge::Added, import_state},
};

/// Entries that one transaction takes back.
const BATCH: i64 = 200;

/// An account that an undo left alone, because it is not as the import left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAccount {
    /// Its number in the gateway.
    pub account: AccountNumber,
    /// A name of it, if it has one.
    pub username: Option<String>,
}

/// What one step of an undo did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UndoneBatch {
    /// Accounts removed or put back.
    pub undone: usize,
    /// Accounts left alone.
    pub kept: Vec<KeptAccount>,
    /// Files of the picture store that nothing of the import needs any more.
    pub pictures: Vec<String>,
    /// Where to go on; `None`: that was all.
    pub next: Option<Vec<u8>>,
}

impl Accounts {
    /// Takes back a part of an import, in one transaction; begin after the empty key.
    pub async fn undo_import_batch(
        &self,
        realm: &Realm,
        import: &str,
        after: Vec<u8>,
    ) -> Result<UndoneBatch, AccountError> {
        let (realm, import) = (realm.clone(), import.to_owned());
        self.write(move |connection| {
            let entries = import_entries::page(connection, &realm.scope, &import, &after, BATCH)?;
            let full = i64::try_from(entries.len()).is_ok_and(|length| length == BATCH);
            let mut batch = UndoneBatch::default();
            for entry in &entries {
                undo(connection, &realm, entry, &mut batch)?;
            }
            batch.next = entries.last().map(|entry| entry.entry_key.clone()).filter(|_| full);
            Ok(batch)
        })
        .await
    }

    /// Forgets an import of which nothing is left, and gives its account numbers back if nobody has seen them; `false`:
    /// accounts that were kept are still mapped to it.
    pub async fn finish_undo(&self, realm: &Realm, import: &str) -> Result<bool, AccountError> {
        let (scope, import) = (realm.scope.to_string(), import.to_owned());
        self.write(move |connection| {
            let Some(row) = imports::find(connection, &import)? else { return refuse(AccountError::UnknownAccount) };
            if !import_entries::page(connection, &scope, &import, &[], 1)?.is_empty() {
                return Ok(false);
            }
            let counter = counters::value(connection, ACCOUNT_NUMBER)?;
            if counter == row.counter_after {
                counters::add(connection, ACCOUNT_NUMBER, row.counter_before - counter)?;
            } else {
                imports::pass_on(connection, &row)?;
            }
            for name in [ACCOUNT_NUMBER, LIVE_ACCOUNTS] {
                counters::forget_zero(connection, name)?;
            }
            imports::delete(connection, &import)?;
            Ok(true)
        })
        .await
    }
}

fn undo(
    connection: &mut Connection,
    realm: &Realm,
    entry: &EntryRow,
    batch: &mut UndoneBatch,
) -> Result<(), Aborted<AccountError>> {
    let Some(kind) = EntryKind::from_stored(entry.kind) else { return Ok(()) };
    if kind == EntryKind::Picture {
        batch.pictures.extend(entry.previous.clone());
        return Ok(import_entries::delete(connection, &entry.scope, &entry.entry_key)?);
    }
    let account = AccountNumber(entry.account.unwrap_or_default());
    if kind != EntryKind::Aside && !is_as_imported(connection, realm, entry, account)? {
        let username = shown_name(connection, realm, account)?;
        batch.kept.push(KeptAccount { account, username });
        return Ok(());
    }
    match kind {
        EntryKind::Created => {
            if accounts::has_logged_in(connection, account)? {
                imports::keep_numbers(connection, &entry.import)?;
            }
            remove(connection, account)?;
            counters::add(connection, LIVE_ACCOUNTS, -1)?;
        }
        EntryKind::Buried => remove(connection, account)?,
        EntryKind::Merged => part(connection, entry, account)?,
        EntryKind::Aside => {
            let shown = identities::of_account(connection, account, IdentityKind::ExternalId, &realm.scope)?;
            if let Some(shown) = shown {
                identities::release(connection, &shown)?;
            }
        }
        EntryKind::Picture => {}
    }
    if kind != EntryKind::Aside {
        batch.undone += 1;
    }
    Ok(import_entries::delete(connection, &entry.scope, &entry.entry_key)?)
}

/// Nobody changed it: its state is the one that was stored, and nothing about it was recorded.
fn is_as_imported(
    connection: &mut Connection,
    realm: &Realm,
    entry: &EntryRow,
    account: AccountNumber,
) -> diesel::QueryResult<bool> {
    let same = import_state::read(connection, realm, account)?.digest() == entry.digest;
    let made_at = imports::find(connection, &entry.import)?.map_or(0, |import| import.started_at);
    Ok(same && !audit::any_since(connection, account, made_at)?)
}

/// Every row of an account goes; there is no tombstone, as if it had never been here.
fn remove(connection: &mut Connection, account: AccountNumber) -> diesel::QueryResult<()> {
    for identity in identities::all_of_account(connection, account)? {
        identities::release(connection, &identity)?;
    }
    credentials::delete_all(connection, account)?;
    sessions::delete_all_of_account(connection, account)?;
    facets::delete_all(connection, account)?;
    accounts::delete(connection, account)
}

/// Takes from a merged account what the merge gave it.
fn part(connection: &mut Connection, entry: &EntryRow, account: AccountNumber) -> diesel::QueryResult<()> {
    let added = Added::parse(entry.previous.as_deref().unwrap_or_default());
    for identity in identities::all_of_account(connection, account)? {
        if added.identities.contains(&identity.exact_key) {
            identities::release(connection, &identity)?;
        }
    }
    if let Some(name) = &added.facet {
        facets::delete(connection, account, name)?;
    }
    if added.credentials {
        credentials::delete_all(connection, account)?;
    }
    Ok(())
}

fn shown_name(
    connection: &mut Connection,
    realm: &Realm,
    account: AccountNumber,
) -> diesel::QueryResult<Option<String>> {
    for scope in [&*realm.scope, EVERYWHERE] {
        if let Some(name) = identities::of_account(connection, account, IdentityKind::Username, scope)? {
            return Ok(Some(name.value));
        }
    }
    Ok(None)
}
