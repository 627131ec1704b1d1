//! Carrying a plan out: batch by batch, each with its entries and the journal in one transaction, so that it can be killed at
//! any moment and goes on where it was.

use std::time::{Duration, Instant};

use dragoman_accounts::{
    AccountError, AccountNumber, BatchEntry, Foreign, ForeignAccount, ImportBatch, ImportJournal, ImportStep,
    ImportedAccount,
};
use tokio::task::JoinHandle;

use crate::{
    ImportError, Importer, Plan, Target,
    fingerprint::fingerprint,
    plan_file::{Action, Line, PlanLines},
    reading::{Message, Reading},
};

/// The journal's phases.
const ACCOUNTS: i16 = 0;
pub(crate) const ROWS: i16 = 1;
pub(crate) const PICTURES: i16 = 2;
const DONE: i16 = 3;

/// What applying a plan did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Accounts of the plan that were done now.
    pub accounts: u64,
    /// Nothing was left to do.
    pub was_done: bool,
    /// Files that accounts name, in the order of the source.
    pub pictures: Vec<String>,
}

/// Applies a plan that has been accepted. Pictures are the caller's, with [`finish`] after them.
///
/// # Errors
/// What stopped it; applied again, it goes on from there.
pub async fn apply(target: &Target<'_>, importer: Importer, plan: &Plan) -> Result<Applied, ImportError> {
    if plan.summary.error_count > 0 {
        return Err(ImportError::Errors(plan.summary.error_count));
    }
    let header = &plan.header;
    let total = i64::try_from(plan.summary.accounts).unwrap_or(i64::MAX);
    let journal = target.accounts.begin_import(target.realm, &header.id, &header.shown_source(), total).await?;
    if journal.finished_at.is_some() {
        return Ok(Applied { was_done: true, ..Applied::default() });
    }
    let mut applying = Applying {
        target,
        lines: plan.lines()?,
        import: &header.id,
        total: plan.summary.accounts,
        position: 0,
        highest: plan.summary.highest,
        meets_others: !plan.summary.conflicts.is_empty(),
        rows: plan.summary.rows > 0 && journal.phase <= ROWS,
        gathered: Gathered { from: journal.position, ..Gathered::default() },
        storing: None,
        batch: SMALLEST,
        applied: Applied::default(),
    };
    let run = applying.run(importer, plan, &journal).await;
    // Nothing is on its way when this returns.
    let stored = applying.stored().await;
    run.and(stored)?;
    Ok(applying.applied)
}

impl Applied {
    /// Records that everything is done, pictures included.
    ///
    /// # Errors
    /// If the gateway cannot be asked.
    pub async fn finish(&self, target: &Target<'_>, plan: &Plan) -> Result<(), ImportError> {
        if !self.was_done {
            target.accounts.set_import_phase(&plan.header.id, DONE).await?;
            target.accounts.finish_import(&plan.header.id).await?;
        }
        Ok(())
    }
}

struct Applying<'a> {
    target: &'a Target<'a>,
    lines: PlanLines,
    import: &'a str,
    total: u64,
    /// Accounts of the plan that were read.
    position: i64,
    /// The highest number of the source.
    highest: i64,
    /// The plan found conflicts.
    meets_others: bool,
    /// Rows are to be stored.
    rows: bool,
    /// The next batch.
    gathered: Gathered,
    /// The last batch, on its way into the gateway while the next is read.
    storing: Option<Storing>,
    /// Accounts of a batch, by how long the last one took.
    batch: i64,
    applied: Applied,
}

/// Accounts that go into the gateway together.
#[derive(Default)]
struct Gathered {
    /// The place in the plan where they begin.
    from: i64,
    entries: Vec<BatchEntry>,
    /// Where the first account stands in the source.
    place: String,
}

struct Storing {
    task: JoinHandle<(Result<bool, AccountError>, Duration)>,
    /// How many accounts, and how far it goes.
    accounts: u64,
    to: i64,
    /// Where its first account stands.
    place: String,
}

/// Accounts of the first batch, and of one that takes long.
const SMALLEST: i64 = 500;
/// Of the largest one: it is held in memory.
const LARGEST: i64 = 4_000;
/// A batch that took less is followed by one twice as large: an index page that many accounts touch is written once a batch.
const SHORT: Duration = Duration::from_millis(400);
/// And one that took more by one half as large: whoever logs in on SQLite waits as long.
const LONG: Duration = Duration::from_millis(1_000);

impl Applying<'_> {
    async fn run(&mut self, importer: Importer, plan: &Plan, journal: &ImportJournal) -> Result<(), ImportError> {
        let accounts = self.target.accounts;
        if self.rows {
            // What an interrupted run had staged is dropped.
            accounts.begin_catalogue_import(self.target.realm).await?;
        }
        let mut reading = Reading::begin(importer, &plan.header).await?;
        loop {
            match reading.next().await? {
                Message::Found(found) => self.take(found, journal).await?,
                Message::End { .. } => break,
            }
            self.target.watch.at(self.position.unsigned_abs(), Some(self.total));
        }
        self.store().await?;
        self.stored().await?;
        if self.lines.next()?.is_some() {
            return Err(ImportError::Changed { place: "the end of the source".to_owned() });
        }
        if journal.phase == ACCOUNTS {
            accounts.set_import_phase(self.import, ROWS).await?;
        }
        if self.rows {
            accounts.finish_catalogue_of_import(self.target.realm, self.import, PICTURES).await?;
        }
        Ok(())
    }

    async fn take(&mut self, found: Vec<Foreign>, journal: &ImportJournal) -> Result<(), ImportError> {
        let mut rows = Vec::new();
        for found in found {
            match found {
                Foreign::Account(foreign) => {
                    let line = self.line_for(&foreign)?;
                    let is_done = self.position < journal.position;
                    self.position += 1;
                    if line.action != Action::Skip {
                        self.applied.pictures.extend(foreign.pictures.iter().cloned());
                    }
                    if !is_done {
                        self.gathered.add(self.position, &line, *foreign)?;
                    }
                }
                Foreign::Row { number, body } => rows.push((number, body)),
                Foreign::Wrong { place, .. } => return Err(ImportError::Changed { place }),
                Foreign::Setting { .. } | Foreign::Warning { .. } => {}
            }
        }
        if self.rows && !rows.is_empty() {
            self.target.accounts.stage_catalogue(self.target.realm, rows).await?;
        }
        if self.position - self.gathered.from >= self.batch { self.store().await } else { Ok(()) }
    }

    /// Sends what is gathered off once the batch before it is stored: each begins where the journal stands.
    async fn store(&mut self) -> Result<(), ImportError> {
        if self.position <= self.gathered.from {
            return Ok(());
        }
        let next = Gathered { from: self.position, ..Gathered::default() };
        let Gathered { from, entries, place } = std::mem::replace(&mut self.gathered, next);
        let (import, highest) = (self.import.to_owned(), self.highest);
        let batch = ImportBatch { import, from, to: self.position, highest, meets_others: self.meets_others, entries };
        let prepared = self.target.accounts.prepare_batch(self.target.realm, batch).await;
        self.stored().await?;
        let prepared = prepared.map_err(|cause| refused(&place, cause))?;
        let accounts = self.target.accounts.clone();
        let task = tokio::spawn(async move {
            let begun = Instant::now();
            let stored = accounts.import_batch(prepared).await;
            (stored, begun.elapsed())
        });
        // It begins now, and not when nothing is left to be read.
        tokio::task::yield_now().await;
        let (to, accounts) = (self.position, (self.position - from).unsigned_abs());
        self.storing = Some(Storing { task, accounts, to, place });
        Ok(())
    }

    /// Waits for the batch that is on its way.
    async fn stored(&mut self) -> Result<(), ImportError> {
        let Some(Storing { task, accounts, to, place }) = self.storing.take() else { return Ok(()) };
        let (stored, took) = task.await.unwrap_or((Err(AccountError::Internal), Duration::ZERO));
        let stored = stored.map_err(|cause| refused(&place, cause))?;
        if stored {
            self.applied.accounts += accounts;
        } else if self.target.accounts.import_journal(self.import).await?.is_none_or(|journal| journal.position < to) {
            return Err(ImportError::NotApplied);
        }
        if took < SHORT {
            self.batch = (self.batch * 2).min(LARGEST);
        } else if took > LONG {
            self.batch = (self.batch / 2).max(SMALLEST);
        }
        Ok(())
    }

    fn line_for(&mut self, foreign: &ForeignAccount) -> Result<Line, ImportError> {
        let changed = || ImportError::Changed { place: foreign.place.clone() };
        let line = self.lines.next()?.ok_or_else(changed)?;
        if line.key != foreign.key || line.fingerprint != fingerprint(foreign) {
            return Err(changed());
        }
        Ok(line)
    }
}

fn refused(place: &str, cause: AccountError) -> ImportError {
    ImportError::Refused { place: format!("the accounts from {place} on"), cause }
}

impl Gathered {
    fn add(&mut self, position: i64, line: &Line, foreign: ForeignAccount) -> Result<(), ImportError> {
        if self.place.is_empty() {
            foreign.place.clone_into(&mut self.place);
        }
        if line.action != Action::Skip {
            self.entries.push(entry(position, line, foreign)?);
        }
        Ok(())
    }
}

fn entry(position: i64, line: &Line, foreign: ForeignAccount) -> Result<BatchEntry, ImportError> {
    let ForeignAccount { key, deleted_at, account, place, .. } = foreign;
    let no_plan = |why: &str| ImportError::NoPlan { file: place.clone(), why: why.to_owned() };
    let account = planned_account(line, account);
    let step = match line.action {
        Action::Bury => ImportStep::Bury {
            id: account.id.ok_or_else(|| no_plan("a deleted account without a number"))?,
            created_at: account.created_at,
            deleted_at: deleted_at.ok_or_else(|| no_plan("a live account is to be buried"))?,
        },
        Action::Merge => ImportStep::Merge {
            into: AccountNumber(line.into.ok_or_else(|| no_plan("a merge without an account"))?),
            account,
        },
        Action::Create | Action::Rename | Action::Skip => ImportStep::Create(account),
    };
    Ok(BatchEntry { key, position, step })
}

/// An account as the plan wants it.
pub(crate) fn planned_account(line: &Line, account: ImportedAccount) -> ImportedAccount {
    ImportedAccount {
        username: line.username.clone().unwrap_or(account.username),
        address_logs_in: account.address_logs_in && !line.address_only_shown,
        ..account
    }
}
