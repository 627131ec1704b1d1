//! What importers ask: what is taken already, what an import left, and how far each one came.

use std::collections::HashMap;
use std::num::NonZero;
use std::time::{Duration, Instant};

use dragoman_passwords::Scheme;
use dragoman_store::Connection;

use crate::{
    Account, AccountError, AccountNumber, Accounts, ImportJournal, NameMatching, Realm,
    clock::Timestamp,
    identity::IdentityKind,
    queries::{
        bulk_inserts, bulk_reads, catalogue,
        counters::{self, ACCOUNT_NUMBER},
        credentials::StoredCredential,
        import_entries::{self, EntryKind, EntryRow, key_of},
        imports,
        sessions::token_digest,
    },
    use_cases::{
        import_lookups::{Holders, Lookup},
        import_snapshot::Snapshot,
        listing::AuditRecord,
    },
};

/// What a plan asks about one account of its source.
#[derive(Debug, Clone)]
pub struct Probe {
    /// What the source calls it.
    pub key: String,
    /// Its number there.
    pub id: Option<i64>,
    /// Its name.
    pub username: String,
    /// The address it would log in with.
    pub email: Option<String>,
}

/// What the gateway has already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The import that took this account over, and the account it became.
    pub imported: Option<(String, AccountNumber)>,
    /// Who has the name in the realm's own scope, in this spelling or another.
    pub own_name: Option<AccountNumber>,
    /// Who has it everywhere.
    pub shared_name: Option<AccountNumber>,
    /// Who logs in with the address in the realm's own scope.
    pub own_email: Option<AccountNumber>,
    /// Who logs in with it everywhere.
    pub shared_email: Option<AccountNumber>,
    /// The number was given out before.
    pub number: bool,
}

/// An imported account as the gateway holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAccount {
    /// The account that took it in; `None`: kept as a deleted one, or deleted since.
    pub account: Option<Account>,
    /// It was given to an account that was here before.
    pub merged: bool,
    /// The number the realm shows.
    pub id: i64,
    /// The name the realm shows, and whether that name leads back to this account.
    pub username: Option<(String, bool)>,
    /// The addresses it logs in with.
    pub addresses: Vec<String>,
    /// The body of the dialect's facet.
    pub facet: Option<String>,
    /// Its verifiers: view and stored text.
    pub credentials: Vec<(String, String)>,
    /// Which of the tokens that were asked for lead to it.
    pub live_tokens: Vec<bool>,
}

/// How many things an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// Accounts made.
    pub created: i64,
    /// Deleted accounts whose number is kept.
    pub buried: i64,
    /// Accounts that were here before.
    pub merged: i64,
    /// Files put into the picture store.
    pub pictures: i64,
}

/// Marks the rows that an import put aside; no configured scope holds this character.
const REPLACED: &str = "\u{1}before ";

impl Accounts {
    /// Looks many accounts of a source up at once; the answers are in the same order.
    pub async fn probe_import(&self, realm: &Realm, probes: Vec<Probe>) -> Result<Vec<Found>, AccountError> {
        let realm = realm.clone();
        self.read(move |connection| find_all(connection, &realm, &probes)).await
    }

    /// Whether no account was ever made here: nothing of a source can be taken.
    pub async fn never_had_accounts(&self) -> Result<bool, AccountError> {
        self.read(|connection| Ok(counters::value(connection, ACCOUNT_NUMBER)? == 0)).await
    }

    /// The accounts that things of a source became, with the tokens each should have; in the same order.
    pub async fn imported_accounts(
        &self,
        realm: &Realm,
        wanted: Vec<(String, Vec<String>)>,
    ) -> Result<Vec<Option<HeldAccount>>, AccountError> {
        let realm = realm.clone();
        self.read(move |connection| {
            let keys: Vec<Vec<u8>> = wanted.iter().map(|(key, _)| key_of("", key)).collect();
            let entries = entries_by_key(connection, &realm, &keys)?;
            let holdings = Holdings::read(connection, &realm, &entries, wanted.iter().flat_map(|(_, tokens)| tokens))?;
            let held = keys.iter().zip(&wanted);
            Ok(held.map(|(key, (_, tokens))| Some(holdings.held(entries.get(key)?, tokens))).collect())
        })
        .await
    }

    /// Every import, oldest first.
    pub async fn import_journals(&self) -> Result<Vec<ImportJournal>, AccountError> {
        let rows = self.read(imports::all).await?;
        Ok(rows.into_iter().map(ImportJournal::from).collect())
    }

    /// What imports did with an account, as lines of its history: an import is no deed of the account's own, so each is dated as its
    /// import began.
    pub(crate) async fn imports_of(&self, account: AccountNumber) -> Result<Vec<AuditRecord>, AccountError> {
        self.read(move |connection| {
            let mut records = Vec::new();
            for (import, kind) in import_entries::of_account(connection, account)? {
                let Some(row) = imports::find(connection, &import)? else { continue };
                let action = match EntryKind::from_stored(kind) {
                    Some(EntryKind::Created) => "imported",
                    Some(EntryKind::Merged) => "merged by import",
                    Some(EntryKind::Buried) => "imported deleted",
                    Some(EntryKind::Aside) => "renumbered by import",
                    Some(EntryKind::Picture) | None => continue,
                };
                let at = Timestamp::from_millis(row.started_at);
                let action = format!("{action} {import}");
                records.push(AuditRecord { at, actor: None, action, dialect: row.dialect, network: None });
            }
            Ok(records)
        })
        .await
    }

    /// How long wrapping so many weak hashes takes on all cores, by one that is made now.
    pub fn estimate_wrapping(&self, weak: u64) -> Duration {
        if weak == 0 {
            return Duration::ZERO;
        }
        let begun = Instant::now();
        drop(Scheme::native(b"estimate", self.inner.hasher.cost(), self.inner.randomness.array()));
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        begun.elapsed().mul_f64(weak as f64 / cores as f64)
    }

    /// How many things an import did.
    pub async fn import_counts(&self, journal: &ImportJournal) -> Result<ImportCounts, AccountError> {
        let (scope, import) = (journal.scope.clone(), journal.id.clone());
        let rows = self.read(move |connection| import_entries::count_by_kind(connection, &scope, &import)).await?;
        let mut counts = ImportCounts::default();
        for (kind, number) in rows {
            match EntryKind::from_stored(kind) {
                Some(EntryKind::Created) => counts.created = number,
                Some(EntryKind::Buried) => counts.buried = number,
                Some(EntryKind::Merged) => counts.merged = number,
                Some(EntryKind::Picture) => counts.pictures = number,
                Some(EntryKind::Aside) | None => {}
            }
        }
        Ok(counts)
    }

    /// Records a file that an import is about to put into the picture store, so that it goes when the import is undone.
    pub async fn record_imported_picture(&self, realm: &Realm, import: &str, name: &str) -> Result<(), AccountError> {
        let entry = EntryRow {
            scope: realm.scope.to_string(),
            entry_key: key_of("picture:", name),
            import: import.to_owned(),
            kind: EntryKind::Picture.to_stored(),
            account: None,
            digest: Vec::new(),
            previous: Some(name.to_owned()),
        };
        self.write(move |connection| {
            let known = import_entries::find_many(connection, &entry.scope, std::slice::from_ref(&entry.entry_key))?;
            if known.is_empty() {
                bulk_inserts::insert_entries(connection, vec![entry.clone()])?;
            }
            Ok(())
        })
        .await
    }

    /// As [`Accounts::finish_catalogue_import`], but the old rows are kept aside for an undo of the import, whose journal
    /// moves to a phase with them.
    pub async fn finish_catalogue_of_import(
        &self,
        realm: &Realm,
        import: &str,
        phase: i16,
    ) -> Result<usize, AccountError> {
        let (staged, scope) = (super::catalogue::staged(realm), realm.scope.to_string());
        let (replaced, import) = (format!("{scope}{REPLACED}{import}"), import.to_owned());
        self.write(move |connection| {
            imports::set_phase(connection, &import, phase)?;
            if catalogue::count(connection, &replaced)? == 0 {
                catalogue::rename_scope(connection, &scope, &replaced)?;
            } else {
                catalogue::clear(connection, &scope)?;
            }
            Ok(catalogue::rename_scope(connection, &staged, &scope)?)
        })
        .await
    }

    /// Puts the rows back that an import had put aside, and its journal back to a phase before that.
    pub async fn undo_catalogue_of_import(&self, realm: &Realm, import: &str, phase: i16) -> Result<(), AccountError> {
        let scope = realm.scope.to_string();
        let (replaced, import) = (format!("{scope}{REPLACED}{import}"), import.to_owned());
        self.write(move |connection| {
            imports::set_phase(connection, &import, phase)?;
            catalogue::clear(connection, &scope)?;
            catalogue::rename_scope(connection, &replaced, &scope)?;
            Ok(())
        })
        .await
    }
}

fn find_all(connection: &mut Connection, realm: &Realm, probes: &[Probe]) -> diesel::QueryResult<Vec<Found>> {
    let lookups = |probe: &Probe| {
        let email = probe.email.as_ref().map(|email| Lookup::of(realm, IdentityKind::Email, email));
        (Lookup::of(realm, IdentityKind::Username, &probe.username), email)
    };
    let wanted: Vec<(Lookup, Option<Lookup>)> = probes.iter().map(lookups).collect();
    let holders =
        Holders::find(connection, wanted.iter().flat_map(|(name, email)| [Some(name), email.as_ref()]).flatten())?;
    let numbers: Vec<i64> = probes.iter().filter_map(|probe| probe.id).collect();
    let numbers = bulk_reads::known_numbers(connection, &numbers)?;
    let keys: Vec<Vec<u8>> = probes.iter().map(|probe| key_of("", &probe.key)).collect();
    let entries = entries_by_key(connection, realm, &keys)?;
    // In any letter case, whatever the realm compares: two names that differ in nothing else are told to the operator.
    let names = NameMatching::CaseBlind;
    let found = probes.iter().zip(&wanted).zip(&keys).map(|((probe, (name, email)), key)| Found {
        imported: entries
            .get(key)
            .map(|entry| (entry.import.clone(), AccountNumber(entry.account.unwrap_or_default()))),
        own_name: holders.own(name, names),
        shared_name: holders.shared(name, names),
        own_email: email.as_ref().and_then(|email| holders.own(email, names)),
        shared_email: email.as_ref().and_then(|email| holders.shared(email, names)),
        number: probe.id.is_some_and(|id| numbers.contains(&id)),
    });
    Ok(found.collect())
}

fn entries_by_key(
    connection: &mut Connection,
    realm: &Realm,
    keys: &[Vec<u8>],
) -> diesel::QueryResult<HashMap<Vec<u8>, EntryRow>> {
    let mut entries = HashMap::new();
    for keys in keys.chunks(bulk_reads::KEYS) {
        let found = import_entries::find_many(connection, &realm.scope, keys)?;
        entries.extend(found.into_iter().map(|entry| (entry.entry_key.clone(), entry)));
    }
    Ok(entries)
}

/// The accounts that things of a source became, all of a batch in a few queries.
struct Holdings<'r> {
    realm: &'r Realm,
    snapshot: Snapshot<'r>,
    credentials: HashMap<i64, Vec<StoredCredential>>,
    /// What the shown names lead to, by account.
    leads_to: HashMap<i64, Option<AccountNumber>>,
    tokens: HashMap<Vec<u8>, Option<i64>>,
}

impl<'r> Holdings<'r> {
    fn read<'t>(
        connection: &mut Connection,
        realm: &'r Realm,
        entries: &HashMap<Vec<u8>, EntryRow>,
        tokens: impl Iterator<Item = &'t String>,
    ) -> diesel::QueryResult<Self> {
        let numbers: Vec<i64> = entries.values().filter_map(|entry| entry.account).collect();
        let snapshot = Snapshot::of(connection, realm, &numbers)?;
        let shown = |number: &i64| {
            let name = snapshot.shown_name(AccountNumber(*number))?;
            Some((*number, Lookup::of(realm, IdentityKind::Username, name)))
        };
        let shown: Vec<(i64, Lookup)> = numbers.iter().filter_map(shown).collect();
        let holders = Holders::find(connection, shown.iter().map(|(_, lookup)| lookup))?;
        let leads_to =
            |lookup: &Lookup| holders.own(lookup, realm.names).or_else(|| holders.shared(lookup, realm.names));
        let digests: Vec<Vec<u8>> = tokens.map(|token| token_digest(realm.dialect, token)).collect();
        Ok(Self {
            realm,
            credentials: bulk_reads::credentials_of(connection, &numbers)?,
            leads_to: shown.iter().map(|(number, lookup)| (*number, leads_to(lookup))).collect(),
            tokens: bulk_reads::accounts_of_tokens(connection, &digests)?,
            snapshot,
        })
    }

    fn held(&self, entry: &EntryRow, tokens: &[String]) -> HeldAccount {
        let number = AccountNumber(entry.account.unwrap_or_default());
        let external = self.snapshot.identity(number, IdentityKind::ExternalId, &self.realm.scope);
        let is_here = |holder: Option<AccountNumber>| holder == Some(number);
        let leads_here = is_here(self.leads_to.get(&number.0).copied().flatten());
        let names = self.snapshot.identities(number).iter();
        let addresses = names.filter(|name| name.kind == IdentityKind::Email.to_stored());
        let mut addresses: Vec<String> = addresses.map(|name| name.value.clone()).collect();
        addresses.sort();
        addresses.dedup();
        let leads_to = |token: &String| self.tokens.get(&token_digest(self.realm.dialect, token)).copied().flatten();
        HeldAccount {
            account: self.snapshot.account(number).cloned(),
            merged: entry.kind == EntryKind::Merged.to_stored(),
            id: external.and_then(|row| row.value.parse().ok()).unwrap_or(number.0),
            username: self.snapshot.shown_name(number).map(|name| (name.to_owned(), leads_here)),
            addresses,
            facet: self.snapshot.facet(number).map(str::to_owned),
            credentials: self.credentials.get(&number.0).cloned().unwrap_or_default(),
            live_tokens: tokens.iter().map(|token| is_here(leads_to(token).map(AccountNumber))).collect(),
        }
    }
}
