//! Taking an import back: what it made goes, what it added to others goes, what changed since stays and is told.

use std::time::{Duration, Instant};

use dragoman_store::{Aborted, Connection};

use crate::{
    AccountError, AccountNumber, Accounts, Realm,
    queries::{
        bulk_deletes, bulk_reads,
        counters::{self, ACCOUNT_NUMBER, LIVE_ACCOUNTS},
        credentials, facets,
        identities::{self, IdentityRow},
        import_entries::{self, EntryKind, EntryRow},
        imports,
    },
    refuse,
    use_cases::{
        import::claim_id,
        import_aside::{come_back, come_back_if_free, is_aside},
        import_merge::Added,
        import_snapshot::Snapshot,
    },
};

/// Entries that one transaction takes back.
const BATCH: i64 = 500;

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
    /// Takes back a part of an import, in one transaction that goes on for about `longest`; begin after the empty key.
    pub async fn undo_import_batch(
        &self,
        realm: &Realm,
        import: &str,
        after: Vec<u8>,
        longest: Duration,
    ) -> Result<UndoneBatch, AccountError> {
        let (realm, import) = (realm.clone(), import.to_owned());
        self.write(move |connection| {
            let begun = Instant::now();
            let entries = import_entries::page(connection, &realm.scope, &import, &after, BATCH)?;
            let full = i64::try_from(entries.len()).is_ok_and(|length| length == BATCH);
            let made_at = imports::find(connection, &import)?.map_or(0, |import| import.started_at);
            let mut undoing = Undoing { realm: &realm, import: &import, made_at, batch: UndoneBatch::default() };
            for group in entries.chunk_by(|one, next| is_made(one) && is_made(next)) {
                match group {
                    [entry] if !is_made(entry) => undoing.single(connection, entry)?,
                    made => undoing.made(connection, made)?,
                }
                undoing.batch.next = group.last().map(|entry| entry.entry_key.clone());
                if begun.elapsed() > longest {
                    return Ok(undoing.batch);
                }
            }
            undoing.batch.next = undoing.batch.next.filter(|_| full);
            Ok(undoing.batch)
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

/// Whether an entry is of an account that the import made: such accounts stand alone, and many go at once. What the others
/// did to accounts that were here before depends on the order.
fn is_made(entry: &EntryRow) -> bool {
    matches!(EntryKind::from_stored(entry.kind), Some(EntryKind::Created | EntryKind::Buried))
}

struct Undoing<'u> {
    realm: &'u Realm,
    import: &'u str,
    /// When the import began.
    made_at: i64,
    batch: UndoneBatch,
}

impl<'u> Undoing<'u> {
    /// Accounts that the import made go, but for those that changed.
    fn made(&mut self, connection: &mut Connection, entries: &[EntryRow]) -> Result<(), Aborted<AccountError>> {
        let (going, snapshot) = self.unchanged(connection, entries)?;
        let numbers: Vec<i64> = going.iter().filter_map(|entry| entry.account).collect();
        if !bulk_reads::logged_in(connection, &numbers)?.is_empty() {
            imports::keep_numbers(connection, self.import)?;
        }
        let names: Vec<&IdentityRow> =
            numbers.iter().flat_map(|number| snapshot.identities(AccountNumber(*number))).collect();
        bulk_deletes::delete_accounts(connection, &numbers, &names)?;
        come_back(connection, self.realm, &names)?;
        let live = going.iter().filter(|entry| entry.kind == EntryKind::Created.to_stored()).count();
        if live > 0 {
            counters::add(connection, LIVE_ACCOUNTS, -i64::try_from(live).unwrap_or(i64::MAX))?;
        }
        let keys: Vec<Vec<u8>> = going.iter().map(|entry| entry.entry_key.clone()).collect();
        self.batch.undone += going.len();
        Ok(bulk_deletes::delete_entries(connection, &self.realm.scope, &keys)?)
    }

    /// What an import did to an account that was here before, and its pictures.
    fn single(&mut self, connection: &mut Connection, entry: &EntryRow) -> Result<(), Aborted<AccountError>> {
        let account = AccountNumber(entry.account.unwrap_or_default());
        match EntryKind::from_stored(entry.kind) {
            Some(EntryKind::Merged) => {
                if self.unchanged(connection, std::slice::from_ref(entry))?.0.is_empty() {
                    return Ok(());
                }
                self.part(connection, entry, account)?;
                self.batch.undone += 1;
            }
            Some(EntryKind::Aside) => return Ok(come_back_if_free(connection, self.realm, entry)?),
            Some(EntryKind::Picture) => self.batch.pictures.extend(entry.previous.clone()),
            Some(EntryKind::Created | EntryKind::Buried) | None => return Ok(()),
        }
        Ok(import_entries::delete(connection, &entry.scope, &entry.entry_key)?)
    }

    /// The entries whose accounts nobody changed: each one's state is the one that was stored, and nothing about it was
    /// recorded. The others are noted as kept.
    fn unchanged<'e>(
        &mut self,
        connection: &mut Connection,
        entries: &'e [EntryRow],
    ) -> Result<(Vec<&'e EntryRow>, Snapshot<'u>), Aborted<AccountError>> {
        let numbers: Vec<i64> = entries.iter().filter_map(|entry| entry.account).collect();
        let snapshot = Snapshot::of(connection, self.realm, &numbers)?;
        let touched = bulk_reads::touched_since(connection, &numbers, self.made_at)?;
        let mut unchanged = Vec::with_capacity(entries.len());
        for entry in entries {
            let account = AccountNumber(entry.account.unwrap_or_default());
            if snapshot.state(account).digest() == entry.digest && !touched.contains(&account.0) {
                unchanged.push(entry);
            } else {
                let username = snapshot.shown_name(account).map(str::to_owned);
                self.batch.kept.push(KeptAccount { account, username });
            }
        }
        Ok((unchanged, snapshot))
    }

    /// Takes from a merged account what the merge gave it.
    fn part(&self, connection: &mut Connection, entry: &EntryRow, account: AccountNumber) -> diesel::QueryResult<()> {
        let added = Added::parse(entry.previous.as_deref().unwrap_or_default());
        let mut released = identities::all_of_account(connection, account)?;
        released.retain(|identity| added.identities.contains(&identity.exact_key));
        for identity in &released {
            identities::release(connection, identity)?;
        }
        come_back(connection, self.realm, &released.iter().collect::<Vec<_>>())?;
        if let Some(number) = added.aside
            && is_aside(connection, self.realm, account)?
        {
            claim_id(connection, self.realm, account, number)?;
        }
        if let Some(name) = &added.facet {
            facets::delete(connection, account, name)?;
        }
        if added.credentials {
            credentials::delete_all(connection, account)?;
        }
        Ok(())
    }
}
