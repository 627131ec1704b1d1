//! Imports in batches: a journal, a map from old ids to accounts, and many accounts in one transaction with both.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dragoman_store::expect_many_rows;

use crate::{
    AccountError, AccountNumber, Accounts, ImportedAccount, Realm,
    clock::Timestamp,
    queries::{
        counters::{self, ACCOUNT_NUMBER},
        import_entries::key_of,
        imports::{self, ImportRow},
    },
    use_cases::import_writing::{LookUp, Planned, Step, Writing},
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
    /// Others are known to have names or numbers of the source; they may also turn out to.
    pub meets_others: bool,
    /// What is to be done.
    pub entries: Vec<BatchEntry>,
}

/// A batch that is ready to be stored.
pub struct PreparedBatch {
    realm: Realm,
    import: String,
    from: i64,
    to: i64,
    highest: i64,
    meets_others: bool,
    steps: Arc<Vec<Planned>>,
}

/// One account of a batch.
pub struct BatchEntry {
    /// What its source calls it.
    pub key: String,
    /// The place in the plan behind it.
    pub position: i64,
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
            expect_many_rows(connection)?;
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

    /// Makes everything of a batch that its transaction must not make, or need not: while the batch before it is stored.
    ///
    /// Errors: `NotStorable`, `Busy`.
    pub async fn prepare_batch(&self, realm: &Realm, batch: ImportBatch) -> Result<PreparedBatch, AccountError> {
        let ImportBatch { import, from, to, highest, meets_others, entries } = batch;
        let mut steps = Vec::with_capacity(entries.len());
        for BatchEntry { key, position, step } in entries {
            steps.push(Planned::new(realm, (key_of("", &key), position, self.prepare_step(step).await?)));
        }
        Ok(PreparedBatch { realm: realm.clone(), import, from, to, highest, meets_others, steps: Arc::new(steps) })
    }

    /// Stores what of a batch is not stored yet, and moves the journal with it; `false`: there was nothing to store, because all of it
    /// had been stored, or the journal does not reach to its begin (any more). One transaction does it, unless others
    /// have many of its names and numbers: then each stores as many accounts as fit into its time.
    ///
    /// Errors: as [`Accounts::import`]; the journal tells what of the batch is stored.
    pub async fn import_batch(&self, batch: PreparedBatch) -> Result<bool, AccountError> {
        let PreparedBatch { realm, import, from, to, highest, meets_others, steps } = batch;
        let now = self.inner.clock.now();
        let (mut reached, is_first) = (Some(from), Arc::new(AtomicBool::new(!meets_others)));
        while let Some(from) = reached.filter(|reached| *reached < to) {
            let (realm, import, steps) = (realm.clone(), import.clone(), Arc::clone(&steps));
            let is_first = Arc::clone(&is_first);
            reached = self
                .write(move |connection| {
                    // Another process may be at it, in other steps.
                    let Some(from) = imports::hold(connection, &import)?.filter(|held| (from..to).contains(held))
                    else {
                        return Ok(None);
                    };
                    counters::raise(connection, ACCOUNT_NUMBER, highest)?;
                    let rest = steps.iter().skip_while(|planned| planned.position <= from).collect();
                    // What collides is written again.
                    let look_up = if is_first.swap(false, Ordering::Relaxed) { LookUp::Shadows } else { LookUp::All };
                    let reached = Writing::write(connection, (&realm, &import, now), rest, look_up)?.unwrap_or(to);
                    let counter = counters::value(connection, ACCOUNT_NUMBER)?;
                    Ok(imports::advance(connection, &import, (from, reached), counter)?.then_some(reached))
                })
                .await?;
        }
        Ok(reached.is_some())
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
