//! Imports in batches: a journal, a map from old ids to accounts, and many accounts in one transaction with both.

use std::collections::HashSet;

use dragoman_store::{Aborted, Connection};

use crate::{
    Account, AccountError, AccountNumber, Accounts, ImportedAccount, Realm,
    clock::Timestamp,
    identity::{EVERYWHERE, IdentityKeys, IdentityKind},
    queries::{
        bulk,
        counters::{self, ACCOUNT_NUMBER, LIVE_ACCOUNTS},
        identities::NewIdentity,
        import_entries::{EntryKind, EntryRow, key_of},
        imports::{self, ImportRow},
    },
    realm::Admission,
    use_cases::{
        import::{HIGHEST_KEPT, Prepared, TakenOver, bury_imported, take_over},
        import_merge::merge,
        import_state::{self, State},
        sessions,
    },
};

/// An import as its journal knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportJournal {
    /// The plan's id.
    pub id: String,
    /// The dialect whose tables were read.
    pub dialect: String,
    /// The scope it goes into.
    pub scope: String,
    /// What the operator gave as its source, without passwords.
    pub source: String,
    /// Accounts in the plan.
    pub total: i64,
    /// How many of them are done.
    pub position: i64,
    /// The phase it has reached, in the importer's numbers.
    pub phase: i16,
    /// When its first batch began.
    pub started_at: Timestamp,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
}

/// Some accounts of a plan, next to each other.
pub struct ImportBatch {
    /// The import.
    pub import: String,
    /// The place in the plan where the batch begins.
    pub from: i64,
    /// And where it ends; accounts that are skipped lie between as well.
    pub to: i64,
    /// The highest number of the whole source up to [`HIGHEST_KEPT`]: accounts without one get theirs above it.
    pub highest: i64,
    /// What is to be done.
    pub entries: Vec<BatchEntry>,
}

/// One account of a batch.
pub struct BatchEntry {
    /// What its source calls it.
    pub key: String,
    /// What is to be done with it.
    pub step: ImportStep,
}

/// What is done with an account of a plan.
pub enum ImportStep {
    /// Make it.
    Create(ImportedAccount),
    /// Keep its number as that of a deleted one.
    Bury {
        /// The old number.
        id: i64,
        /// When it was made.
        created_at: Option<Timestamp>,
        /// When it was deleted.
        deleted_at: Timestamp,
    },
    /// Give what it has to an account that is here already.
    Merge {
        /// That account.
        into: AccountNumber,
        /// What the source has.
        account: ImportedAccount,
    },
}

/// The same, with everything made that a transaction must not make.
enum Step {
    Create(Box<Prepared>),
    Bury { id: i64, created_at: Option<Timestamp>, deleted_at: Timestamp, uuid: String },
    Merge { into: AccountNumber, account: Box<Prepared> },
}

impl From<ImportRow> for ImportJournal {
    fn from(row: ImportRow) -> Self {
        Self {
            id: row.id,
            dialect: row.dialect,
            scope: row.scope,
            source: row.source,
            total: row.total,
            position: row.position,
            phase: row.phase,
            started_at: Timestamp::from_millis(row.started_at),
            finished_at: row.finished_at.map(Timestamp::from_millis),
        }
    }
}

impl Accounts {
    /// Begins an import, or finds where it stopped.
    pub async fn begin_import(
        &self,
        realm: &Realm,
        import: &str,
        source: &str,
        total: i64,
    ) -> Result<ImportJournal, AccountError> {
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        let (import, source) = (import.to_owned(), source.to_owned());
        self.write(move |connection| {
            if let Some(row) = imports::find(connection, &import)? {
                return Ok(row.into());
            }
            let counter = counters::value(connection, ACCOUNT_NUMBER)?;
            let row = ImportRow {
                id: import.clone(),
                dialect: realm.dialect.to_owned(),
                scope: realm.scope.to_string(),
                source: source.clone(),
                total,
                position: 0,
                phase: 0,
                counter_before: counter,
                counter_after: counter,
                started_at: now.millis(),
                finished_at: None,
            };
            imports::insert(connection, &row)?;
            Ok(row.into())
        })
        .await
    }

    /// The journal of an import, if it ever began.
    pub async fn import_journal(&self, import: &str) -> Result<Option<ImportJournal>, AccountError> {
        let import = import.to_owned();
        let row = self.read(move |connection| imports::find(connection, &import)).await?;
        Ok(row.map(ImportJournal::from))
    }

    /// Records that an import reached a phase.
    pub async fn set_import_phase(&self, import: &str, phase: i16) -> Result<(), AccountError> {
        let import = import.to_owned();
        self.write(move |connection| Ok(imports::set_phase(connection, &import, phase)?)).await
    }

    /// Records that an import is done; the first time counts.
    pub async fn finish_import(&self, import: &str) -> Result<(), AccountError> {
        let (import, now) = (import.to_owned(), self.inner.clock.now());
        self.write(move |connection| Ok(imports::finish(connection, &import, now)?)).await
    }

    /// Stores a batch and moves the journal, in one transaction; `false`: it had been stored before.
    ///
    /// Errors: as [`Accounts::import`]; nothing of the batch is stored then.
    pub async fn import_batch(&self, realm: &Realm, batch: ImportBatch) -> Result<bool, AccountError> {
        let ImportBatch { import, from, to, highest, entries } = batch;
        let mut steps = Vec::with_capacity(entries.len());
        for BatchEntry { key, step } in entries {
            steps.push((key_of("", &key), self.prepare_step(step).await?));
        }
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        self.write(move |connection| {
            if imports::find(connection, &import)?.is_none_or(|row| row.position != from) {
                return Ok(false);
            }
            counters::raise(connection, ACCOUNT_NUMBER, highest)?;
            let mut writing = Writing::begin(connection, &realm, &import, &steps, now)?;
            for (key, step) in &steps {
                writing.take(connection, key, step)?;
            }
            writing.flush(connection)?;
            let counter = counters::value(connection, ACCOUNT_NUMBER)?;
            Ok(imports::advance(connection, &import, (from, to), counter)?)
        })
        .await
    }

    async fn prepare_step(&self, step: ImportStep) -> Result<Step, AccountError> {
        Ok(match step {
            ImportStep::Create(account) => Step::Create(Box::new(self.prepare_import(account).await?)),
            ImportStep::Bury { id, created_at, deleted_at } => {
                Step::Bury { id, created_at, deleted_at, uuid: self.inner.randomness.uuid() }
            }
            ImportStep::Merge { into, account } => {
                Step::Merge { into, account: Box::new(self.prepare_import(account).await?) }
            }
        })
    }
}

/// The look-up keys of an account's identities in the order of [`Writing::identities`].
type Keys<'s> = Vec<(NewIdentity<'s>, IdentityKeys)>;

/// One batch being written. Accounts whose number and names are all free go in together; any other one goes the way of a
/// single import, after those before it.
struct Writing<'s> {
    realm: &'s Realm,
    import: &'s str,
    now: Timestamp,
    /// Of the batch's keys and numbers those that are given away.
    held: HashSet<Vec<u8>>,
    numbers: HashSet<i64>,
    free: Vec<(&'s [u8], &'s Prepared, Keys<'s>)>,
    entries: Vec<EntryRow>,
}

impl<'s> Writing<'s> {
    fn begin(
        connection: &mut Connection,
        realm: &'s Realm,
        import: &'s str,
        steps: &'s [(Vec<u8>, Step)],
        now: Timestamp,
    ) -> diesel::QueryResult<Self> {
        let (mut exact, mut folded, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
        for (_, step) in steps {
            let Step::Create(account) = step else { continue };
            for (_, keys) in wanted(realm, account) {
                exact.push(keys.exact);
                folded.push(keys.folded);
            }
            numbers.extend(account.id);
        }
        Ok(Self {
            realm,
            import,
            now,
            held: bulk::held_keys(connection, &exact, &folded)?,
            numbers: bulk::known_numbers(connection, &numbers)?,
            free: Vec::new(),
            entries: Vec::new(),
        })
    }

    fn take(
        &mut self,
        connection: &mut Connection,
        key: &'s [u8],
        step: &'s Step,
    ) -> Result<(), Aborted<AccountError>> {
        match step {
            Step::Create(account) => {
                let keys = wanted(self.realm, account);
                if self.is_free(account, &keys) {
                    self.hold(account.id, &keys);
                    self.free.push((key, account, keys));
                    return Ok(());
                }
                self.flush(connection)?;
                let taken = take_over(connection, self.realm, account, true, self.now)?;
                self.hold(Some(taken.number.0), &keys);
                self.record(connection, key, EntryKind::Created, &taken, None)
            }
            Step::Bury { id, created_at, deleted_at, uuid } => {
                self.flush(connection)?;
                let dead = Account { created_at: *created_at, ..Account::nobody(uuid.clone()) };
                let taken = bury_imported(connection, self.realm, *id, dead, *deleted_at)?;
                self.numbers.insert(taken.number.0);
                self.record(connection, key, EntryKind::Buried, &taken, None)
            }
            Step::Merge { into, account } => {
                self.flush(connection)?;
                let (taken, previous) = merge(connection, self.realm, *into, account, self.now)?;
                self.hold(Some(taken.number.0), &wanted(self.realm, account));
                self.record(connection, key, EntryKind::Merged, &taken, Some(previous))
            }
        }
    }

    fn is_free(&self, account: &Prepared, keys: &Keys<'_>) -> bool {
        let number_is_free =
            account.id.is_none_or(|id| (1..=HIGHEST_KEPT).contains(&id) && !self.numbers.contains(&id));
        number_is_free
            && keys.iter().all(|(_, keys)| !self.held.contains(&keys.exact) && !self.held.contains(&keys.folded))
    }

    fn hold(&mut self, number: Option<i64>, keys: &Keys<'_>) {
        self.numbers.extend(number);
        for (_, keys) in keys {
            self.held.insert(keys.exact.clone());
            self.held.insert(keys.folded.clone());
        }
    }

    /// Writes the accounts that are entirely free, each table once.
    fn flush(&mut self, connection: &mut Connection) -> Result<(), Aborted<AccountError>> {
        let free = std::mem::take(&mut self.free);
        if !free.is_empty() {
            let numbers = self.number(connection, &free)?;
            self.insert(connection, &numbers, free)?;
        }
        Ok(bulk::insert_entries(connection, std::mem::take(&mut self.entries))?)
    }

    /// Old numbers are kept, and the counter stays above them; accounts without one get the next.
    fn number(
        &mut self,
        connection: &mut Connection,
        free: &[(&[u8], &Prepared, Keys<'_>)],
    ) -> diesel::QueryResult<Vec<AccountNumber>> {
        if let Some(highest) = free.iter().filter_map(|(_, account, _)| account.id).max() {
            counters::raise(connection, ACCOUNT_NUMBER, highest)?;
        }
        let fresh = free.iter().filter(|(_, account, _)| account.id.is_none()).count();
        let fresh = i64::try_from(fresh).unwrap_or(i64::MAX);
        let mut next = if fresh > 0 { counters::add(connection, ACCOUNT_NUMBER, fresh)? - fresh } else { 0 };
        let mut number = |account: &Prepared| {
            account.id.unwrap_or_else(|| {
                next += 1;
                next
            })
        };
        let numbers: Vec<_> = free.iter().map(|(_, account, _)| AccountNumber(number(account))).collect();
        self.numbers.extend(numbers.iter().map(|number| number.0));
        counters::add(connection, LIVE_ACCOUNTS, i64::try_from(free.len()).unwrap_or(i64::MAX))?;
        Ok(numbers)
    }

    fn insert(
        &mut self,
        connection: &mut Connection,
        numbers: &[AccountNumber],
        free: Vec<(&[u8], &Prepared, Keys<'s>)>,
    ) -> diesel::QueryResult<()> {
        let (mut rows, mut names, mut credentials, mut facets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for ((key, prepared, keys), number) in free.into_iter().zip(numbers) {
            let account = Account { number: *number, ..prepared.account.clone() };
            let held: Keys<'s> = keys
                .into_iter()
                .filter(|(name, _)| self.claims(name))
                .map(|(name, keys)| (NewIdentity { account: *number, ..name }, keys))
                .collect();
            let state = State::of_new(&account, held.iter().map(|(name, _)| name), prepared.facet.as_ref(), self.realm);
            self.entries.push(self.entry(key, EntryKind::Created, *number, state.digest(), None));
            names.extend(held);
            credentials.push((*number, prepared.credentials.as_slice()));
            facets.extend(prepared.facet.as_ref().map(|(name, body)| (*number, *name, body.as_str())));
            rows.push(account);
            if let Some(session) = &prepared.session {
                sessions::begin(connection, self.realm, Some(*number), session, self.now)?;
            }
        }
        bulk::insert_accounts(connection, &rows)?;
        bulk::insert_identities(connection, names)?;
        bulk::insert_credentials(connection, &credentials, self.now)?;
        bulk::insert_facets(connection, &facets)
    }

    /// Whether an identity that was looked up is also given: a name counts everywhere, and only an address counts in the
    /// realm's scope as well (see `claim_name` and `claim_address`).
    fn claims(&self, name: &NewIdentity<'_>) -> bool {
        match name.kind {
            IdentityKind::Username => name.scope == self.realm.scope_of_new_names(),
            IdentityKind::Email => {
                name.scope != EVERYWHERE || (name.verified && self.realm.admits == Admission::Everywhere)
            }
            IdentityKind::ExternalId => false,
        }
    }

    fn record(
        &mut self,
        connection: &mut Connection,
        key: &[u8],
        kind: EntryKind,
        taken: &TakenOver,
        previous: Option<String>,
    ) -> Result<(), Aborted<AccountError>> {
        let state = import_state::read(connection, self.realm, taken.number)?;
        self.entries.push(self.entry(key, kind, taken.number, state.digest(), previous));
        if let Some(aside) = taken.aside {
            self.numbers.insert(aside.0);
            let key = key_of("aside:", &aside.to_string());
            self.entries.push(self.entry(&key, EntryKind::Aside, aside, Vec::new(), None));
        }
        // The next account may take the number that stepping aside cost.
        self.numbers.insert(counters::value(connection, ACCOUNT_NUMBER)?);
        Ok(())
    }

    fn entry(
        &self,
        key: &[u8],
        kind: EntryKind,
        account: AccountNumber,
        digest: Vec<u8>,
        previous: Option<String>,
    ) -> EntryRow {
        EntryRow {
            scope: self.realm.scope.to_string(),
            entry_key: key.to_vec(),
            import: self.import.to_owned(),
            kind: kind.to_stored(),
            account: Some(account.0),
            digest,
            previous,
        }
    }
}

/// Every identity a single import would look up before it gives an account its names: all must be free, or the account goes
/// that way.
fn wanted<'s>(realm: &'s Realm, account: &'s Prepared) -> Keys<'s> {
    let new = |kind, scope: &'s str, value: &'s str, verified| {
        let identity = NewIdentity { account: AccountNumber(0), kind, scope, value, verified, names: realm.names };
        (identity, IdentityKeys::new(scope, kind, value))
    };
    let mut keys = vec![
        new(IdentityKind::Username, EVERYWHERE, &account.username, true),
        new(IdentityKind::Username, &realm.scope, &account.username, true),
    ];
    if let Some(email) = &account.login_address {
        for scope in [EVERYWHERE, &*realm.scope] {
            keys.push(new(IdentityKind::Email, scope, &email.address, email.verified));
        }
    }
    keys
}
