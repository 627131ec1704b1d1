//! Proving an import: the source is read again, and row by row the gateway must hold it.

use std::hash::{BuildHasher, RandomState};

use dragoman_accounts::{Foreign, ForeignAccount};

use crate::{
    ImportError, Importer, Plan, Target,
    comparison::differences,
    fingerprint::fingerprint,
    plan_file::{Action, Line, PlanLines},
    reading::{Message, Reading},
};

/// An account that is not what its row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where its row stands.
    pub place: String,
    /// What its source calls it.
    pub key: String,
    /// In what it differs.
    pub fields: Vec<String>,
}

/// What came of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Accounts that were looked at.
    pub accounts: u64,
    /// Rows beside them.
    pub rows: u64,
    /// The first differences.
    pub differences: Vec<Difference>,
    /// All of them.
    pub difference_count: u64,
    /// Files that accounts name.
    pub pictures: Vec<String>,
}

/// Differences that are kept word by word.
const TOLD: usize = 200;

/// Reads the source again and compares.
///
/// # Errors
/// If the source or the gateway cannot be read, or the source changed.
pub async fn verify(target: &Target<'_>, importer: Importer, plan: &Plan) -> Result<Verified, ImportError> {
    if target.accounts.import_journal(&plan.header.id).await?.is_none() {
        return Err(ImportError::NotApplied);
    }
    let mut verifying =
        Verifying { target, lines: plan.lines()?, rows: Rows::default(), verified: Verified::default() };
    let mut reading = Reading::begin(importer, &plan.header).await?;
    loop {
        match reading.next().await? {
            Message::Found(found) => verifying.take(found).await?,
            Message::End { .. } => break,
        }
        target.watch.at(verifying.verified.accounts, Some(plan.summary.accounts));
    }
    if verifying.lines.next()?.is_some() {
        return Err(ImportError::Changed { place: "the end of the source".to_owned() });
    }
    verifying.compare_rows().await?;
    Ok(verifying.verified)
}

struct Verifying<'v> {
    target: &'v Target<'v>,
    lines: PlanLines,
    rows: Rows,
    verified: Verified,
}

/// Rows in any order: their number, and the sum of their hashes.
#[derive(Default)]
struct Rows {
    hasher: RandomState,
    count: u64,
    sum: u64,
}

impl Rows {
    fn add(&mut self, body: &str) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(self.hasher.hash_one(body));
    }
}

impl Verifying<'_> {
    async fn take(&mut self, found: Vec<Foreign>) -> Result<(), ImportError> {
        let mut accounts: Vec<(Line, Box<ForeignAccount>)> = Vec::with_capacity(found.len());
        for found in found {
            match found {
                Foreign::Account(foreign) => {
                    let changed = || ImportError::Changed { place: foreign.place.clone() };
                    let line = self.lines.next()?.ok_or_else(changed)?;
                    if line.fingerprint != fingerprint(&foreign) {
                        return Err(changed());
                    }
                    if line.action != Action::Skip {
                        self.verified.pictures.extend(foreign.pictures.iter().cloned());
                        accounts.push((line, foreign));
                    }
                }
                Foreign::Row { body, .. } => self.rows.add(&body),
                Foreign::Setting { .. } | Foreign::Warning { .. } | Foreign::Wrong { .. } => {}
            }
        }
        let wanted = accounts.iter().map(|(_, foreign)| (foreign.key.clone(), tokens(foreign))).collect();
        let held = self.target.accounts.imported_accounts(self.target.realm, wanted).await?;
        for ((line, foreign), held) in accounts.iter().zip(&held) {
            self.verified.accounts += 1;
            let fields = differences(line, foreign, held.as_ref());
            if !fields.is_empty() {
                self.differ(Difference { place: foreign.place.clone(), key: foreign.key.clone(), fields });
            }
        }
        Ok(())
    }

    async fn compare_rows(&mut self) -> Result<(), ImportError> {
        self.verified.rows = self.rows.count;
        if self.rows.count == 0 {
            return Ok(());
        }
        let mut held = Rows { hasher: self.rows.hasher.clone(), ..Rows::default() };
        let mut after = Some(i64::MIN);
        while let Some(number) = after {
            let page = self.target.accounts.catalogue_page(self.target.realm, number).await?;
            page.rows.iter().for_each(|body| held.add(body));
            after = page.next;
        }
        if (held.count, held.sum) != (self.rows.count, self.rows.sum) {
            let fields = vec!["the rows beside the accounts are not those of the source".to_owned()];
            self.differ(Difference { place: "rows".to_owned(), key: String::new(), fields });
        }
        Ok(())
    }

    fn differ(&mut self, difference: Difference) {
        self.verified.difference_count += 1;
        if self.verified.differences.len() < TOLD {
            self.verified.differences.push(difference);
        }
    }
}

fn tokens(foreign: &ForeignAccount) -> Vec<String> {
    foreign.account.session.iter().flat_map(|session| &session.tokens).map(|token| token.token.clone()).collect()
}
