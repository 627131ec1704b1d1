//! Making a plan: the whole source is read, the gateway is asked, and only the plan is written.

use std::path::Path;

use dragoman_accounts::{
    Foreign, ForeignAccount, Found, HIGHEST_KEPT, ImportedPassword, NameMatching, Probe, address::compared,
};
use dragoman_passwords::{Presented, Secret, check};

use crate::{
    Header, ImportError, Importer, Summary, Target,
    claims::{Claimed, Claims},
    decision::{Decision, Rivals},
    pairing::Pairing,
    plan_file::PlanWriter,
    reading::{Message, Reading},
    summary::FoundSetting,
};

/// One password that somebody knows, to see whether the assumed scheme is right.
pub struct Proof {
    /// By what its user logs in.
    pub login: String,
    /// The password.
    pub password: Secret,
}

/// What came of a plan.
pub struct Planned {
    /// In numbers.
    pub summary: Summary,
    /// Whether the known password opens its account; `None`: there is no such account, or nothing was asked.
    pub proven: Option<bool>,
}

/// Reads the source and writes the plan.
///
/// # Errors
/// Everything that keeps a plan from being made. What is wrong with single rows is in the summary instead.
pub async fn plan(
    target: &Target<'_>,
    importer: Importer,
    header: &Header,
    path: &Path,
    proof: Option<Proof>,
) -> Result<Planned, ImportError> {
    let mut planning = Planning {
        target,
        header,
        proof,
        pairing: Pairing::new(target, header).await?,
        nobody_is_here: target.accounts.never_had_accounts().await?,
        numbers: Vec::new(),
        keys: Claims::default(),
        usernames: Claims::default(),
        emails: Claims::default(),
        summary: Summary::default(),
        proven: None,
        out_of_order: false,
    };
    planning.read(importer, path).await?;
    if planning.out_of_order {
        planning.again();
        planning.read(importer, path).await?;
    }
    Ok(Planned { summary: planning.summary, proven: planning.proven })
}

struct Planning<'p> {
    target: &'p Target<'p>,
    header: &'p Header,
    proof: Option<Proof>,
    pairing: Pairing<'p>,
    /// The gateway has never had an account, so that it need not be asked about each.
    nobody_is_here: bool,
    /// The old numbers by place, for what stands out of order.
    numbers: Vec<i64>,
    keys: Claims,
    usernames: Claims,
    emails: Claims,
    summary: Summary,
    proven: Option<bool>,
    out_of_order: bool,
}

impl Planning<'_> {
    async fn read(&mut self, importer: Importer, path: &Path) -> Result<(), ImportError> {
        let mut reading = Reading::begin(importer, self.header).await?;
        let mut writer = PlanWriter::create(path, self.header)?;
        self.summary.summary = 1;
        loop {
            match reading.next().await? {
                Message::Found(found) => self.take(found, &mut writer).await?,
                Message::End { writer: program, warnings } => {
                    program.clone_into(&mut self.summary.writer);
                    for warning in warnings {
                        self.summary.warn("", &warning);
                    }
                    break;
                }
            }
            self.target.watch.at(reading.progress.read(), reading.progress.total());
        }
        if self.summary.pictures > 0 && self.header.pictures.is_none() {
            let what =
                format!("accounts name {} pictures, and none comes along: --pictures DIR", self.summary.pictures);
            self.summary.warn("", &what);
        }
        self.summary.wrapping_seconds = self.target.accounts.estimate_wrapping(self.summary.weak).as_secs();
        writer.finish(&self.summary)
    }

    fn again(&mut self) {
        self.summary = Summary::default();
        self.numbers.clear();
        for claims in [&mut self.keys, &mut self.usernames, &mut self.emails] {
            claims.again();
        }
    }

    async fn take(&mut self, found: Vec<Foreign>, writer: &mut PlanWriter) -> Result<(), ImportError> {
        let mut accounts = Vec::with_capacity(found.len());
        for found in found {
            match found {
                Foreign::Account(account) => accounts.push(account),
                Foreign::Row { .. } => self.summary.rows += 1,
                Foreign::Setting { key, value, reason } => {
                    self.summary.settings.push(FoundSetting { key, value, reason: reason.to_owned() });
                }
                Foreign::Warning { place, what } => self.summary.warn(&place, &what),
                Foreign::Wrong { place, what } => self.summary.error(&place, &what),
            }
        }
        let found = if self.nobody_is_here {
            vec![Found::default(); accounts.len()]
        } else {
            let probes = accounts.iter().map(|account| probe(account)).collect();
            self.target.accounts.probe_import(self.target.realm, probes).await?
        };
        for (account, found) in accounts.iter().zip(&found) {
            let rivals = self.rivals(account);
            self.prove(account);
            let number = account.account.id.filter(|number| *number <= HIGHEST_KEPT);
            self.summary.highest = self.summary.highest.max(number.unwrap_or(0));
            let pair = self.pairing.of(account, found, rivals.email.is_none()).await?;
            let place = self.numbers.len() as u64;
            let decision = Decision::new(&self.header.policies, &mut self.summary, place, account);
            writer.line(&decision.decide(account, found, &rivals, pair))?;
        }
        Ok(())
    }

    fn rivals(&mut self, account: &ForeignAccount) -> Rivals {
        let place = u32::try_from(self.numbers.len() + 1).unwrap_or(u32::MAX);
        let number = account.account.id.unwrap_or(i64::from(place));
        self.numbers.push(number);
        let Self { numbers, keys, usernames, emails, out_of_order, .. } = self;
        let number_at = |place: u32| {
            let index = usize::try_from(place).unwrap_or(0).checked_sub(1);
            index.and_then(|index| numbers.get(index)).copied().unwrap_or(i64::MAX)
        };
        let mut claim = |claims: &mut Claims, value: &str| match claims.claim(value, place, number, number_at) {
            Claimed::Held => None,
            Claimed::Taken(holder) => Some(holder),
            Claimed::OutOfOrder => {
                *out_of_order = true;
                None
            }
        };
        let key = claim(keys, &account.key);
        if account.deleted_at.is_some() {
            return Rivals { key, ..Rivals::default() };
        }
        let address =
            account.account.email.as_ref().map(|email| email.address.as_str()).filter(|text| !text.is_empty());
        let case_blind = self.target.realm.names == NameMatching::CaseBlind;
        let address = address.map(|text| if case_blind { compared(text) } else { text.to_owned() });
        Rivals {
            key,
            username: claim(usernames, &account.account.username),
            email: address.and_then(|address| claim(emails, &address)),
        }
    }

    fn prove(&mut self, account: &ForeignAccount) {
        let Some(proof) = &self.proof else { return };
        if account.login_text() != proof.login || account.deleted_at.is_some() {
            return;
        }
        let ImportedPassword::Verifiers(verifiers) = &account.account.password else {
            self.proven = Some(false);
            return;
        };
        let presented = Presented::Plain(proof.password.clone());
        self.proven = Some(check(verifiers, Some(&account.account.username), &presented, &[]).is_some());
    }
}

fn probe(account: &ForeignAccount) -> Probe {
    let live = account.deleted_at.is_none();
    let address = account.account.email.as_ref().map(|email| email.address.clone());
    Probe {
        key: account.key.clone(),
        id: account.account.id,
        username: if live { account.account.username.clone() } else { String::new() },
        email: address.filter(|address| live && !address.is_empty()),
    }
}
