//! What importers ask: what is taken already, what an import left, and how far each one came.

use std::collections::HashMap;
use std::num::NonZero;
use std::time::{Duration, Instant};

use dragoman_passwords::Scheme;
use dragoman_store::Connection;

use crate::{
    Account, AccountError, AccountNumber, Accounts, ImportJournal, Realm,
    clock::Timestamp,
    identity::{EVERYWHERE, IdentityKeys, IdentityKind},
    queries::{
        accounts, bulk, catalogue,
        counters::{self, ACCOUNT_NUMBER},
        credentials, facets, identities,
        import_entries::{self, EntryKind, EntryRow, key_of},
        imports,
        sessions::{self as session_rows, token_digest},
    },
    realm::Admission,
    use_cases::listing::AuditRecord,
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
            let held = keys.iter().zip(&wanted).map(|(key, (_, tokens))| match entries.get(key) {
                Some(entry) => held(connection, &realm, entry, tokens).map(Some),
                None => Ok(None),
            });
            held.collect()
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
                bulk::insert_entries(connection, vec![entry.clone()])?;
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
    let mut lookups = Lookups::default();
    let wanted: Vec<Vec<IdentityKeys>> = probes.iter().map(|probe| lookups.add(realm, probe)).collect();
    let holders: HashMap<Vec<u8>, i64> =
        bulk::holders(connection, &lookups.exact, &lookups.folded)?.into_iter().collect();
    let numbers: Vec<i64> = probes.iter().filter_map(|probe| probe.id).collect();
    let numbers = bulk::known_numbers(connection, &numbers)?;
    let keys: Vec<Vec<u8>> = probes.iter().map(|probe| key_of("", &probe.key)).collect();
    let entries = entries_by_key(connection, realm, &keys)?;
    let holder = |keys: Option<&IdentityKeys>| {
        let keys = keys?;
        holders.get(&keys.exact).or_else(|| holders.get(&keys.folded)).copied().map(AccountNumber)
    };
    let found = probes.iter().zip(&wanted).zip(&keys).map(|((probe, wanted), key)| Found {
        imported: entries
            .get(key)
            .map(|entry| (entry.import.clone(), AccountNumber(entry.account.unwrap_or_default()))),
        own_name: holder(wanted.first()),
        shared_name: holder(wanted.get(1)),
        own_email: holder(wanted.get(2)),
        shared_email: holder(wanted.get(3)),
        number: probe.id.is_some_and(|id| numbers.contains(&id)),
    });
    Ok(found.collect())
}

#[derive(Default)]
struct Lookups {
    exact: Vec<Vec<u8>>,
    folded: Vec<Vec<u8>>,
}

impl Lookups {
    /// The keys of a name, and of an address, in the realm's scope and everywhere.
    fn add(&mut self, realm: &Realm, probe: &Probe) -> Vec<IdentityKeys> {
        let name = (IdentityKind::Username, Some(&probe.username));
        let email = (IdentityKind::Email, probe.email.as_ref());
        let mut wanted = Vec::with_capacity(4);
        for (kind, value) in [name, email] {
            for scope in [&*realm.scope, EVERYWHERE] {
                let Some(value) = value else { continue };
                if scope == EVERYWHERE && realm.admits == Admission::Own {
                    continue;
                }
                let keys = IdentityKeys::new(scope, kind, value);
                self.exact.push(keys.exact.clone());
                self.folded.push(keys.folded.clone());
                wanted.push(keys);
            }
        }
        wanted
    }
}

fn entries_by_key(
    connection: &mut Connection,
    realm: &Realm,
    keys: &[Vec<u8>],
) -> diesel::QueryResult<HashMap<Vec<u8>, EntryRow>> {
    const KEYS: usize = 1_000;
    let mut entries = HashMap::new();
    for keys in keys.chunks(KEYS) {
        let found = import_entries::find_many(connection, &realm.scope, keys)?;
        entries.extend(found.into_iter().map(|entry| (entry.entry_key.clone(), entry)));
    }
    Ok(entries)
}

fn held(
    connection: &mut Connection,
    realm: &Realm,
    entry: &EntryRow,
    tokens: &[String],
) -> diesel::QueryResult<HeldAccount> {
    let number = AccountNumber(entry.account.unwrap_or_default());
    let names = identities::all_of_account(connection, number)?;
    let of = |kind: IdentityKind, scope: &str| {
        names.iter().find(|name| name.kind == kind.to_stored() && name.scope == scope).map(|name| name.value.clone())
    };
    let id = of(IdentityKind::ExternalId, &realm.scope).and_then(|id| id.parse().ok()).unwrap_or(number.0);
    let shown = of(IdentityKind::Username, &realm.scope).or_else(|| of(IdentityKind::Username, EVERYWHERE));
    let username = match shown {
        Some(name) => {
            let leads_to = identities::find(connection, realm, IdentityKind::Username, &name)?;
            Some((name, leads_to.is_some_and(|holder| holder.account == number.0)))
        }
        None => None,
    };
    let mut addresses: Vec<String> = names
        .iter()
        .filter(|name| name.kind == IdentityKind::Email.to_stored())
        .map(|name| name.value.clone())
        .collect();
    addresses.sort();
    addresses.dedup();
    let mut live_tokens = Vec::with_capacity(tokens.len());
    for token in tokens {
        let session = session_rows::find(connection, &token_digest(realm.dialect, token))?;
        live_tokens.push(session.is_some_and(|session| session.account == Some(number.0)));
    }
    Ok(HeldAccount {
        account: accounts::find(connection, number)?,
        merged: entry.kind == EntryKind::Merged.to_stored(),
        id,
        username,
        addresses,
        facet: facets::find(connection, number, realm.dialect)?,
        credentials: credentials::of_account(connection, number)?,
        live_tokens,
    })
}
