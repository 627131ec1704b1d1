//! What becomes of one account.

use dragoman_accounts::{ForeignAccount, Found, ImportedPassword};

use crate::{
    Choice, Policies,
    fingerprint::fingerprint,
    pairing::Pair,
    plan_file::{Action, Line},
    summary::{Summary, count},
};

/// What the rest of the source has to say about an account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rivals {
    /// An account of the source before it has the same key.
    pub key: Option<u32>,
    /// One has the same name.
    pub username: Option<u32>,
    /// One logs in with the same address.
    pub email: Option<u32>,
}

/// Decides, counts, and says why.
pub(crate) struct Decision<'d> {
    pub policies: &'d Policies,
    pub summary: &'d mut Summary,
    line: Line,
    place: String,
}

impl<'d> Decision<'d> {
    pub fn new(policies: &'d Policies, summary: &'d mut Summary, n: u64, foreign: &ForeignAccount) -> Self {
        let line = Line {
            n,
            key: foreign.key.clone(),
            login: foreign.login_text().to_owned(),
            action: if foreign.deleted_at.is_some() { Action::Bury } else { Action::Create },
            username: None,
            into: None,
            address_only_shown: false,
            needs_reset: false,
            schemes: schemes(&foreign.account.password),
            reasons: foreign.notes.clone(),
            fingerprint: fingerprint(foreign),
        };
        Self { policies, summary, line, place: foreign.place.clone() }
    }

    /// The line of the plan.
    pub fn decide(mut self, foreign: &ForeignAccount, found: &Found, rivals: &Rivals, pair: Pair) -> Line {
        for note in &foreign.notes {
            self.summary.warn(&self.place, note);
        }
        if let Some(first) = rivals.key {
            self.wrong(format!("the source has the id {} twice, first in account {first}", foreign.key));
        } else if let Some((import, account)) = &found.imported {
            self.skip(format!("import {import} made it account {account} before"));
        } else if foreign.account.check().is_err() {
            self.wrong("one of its texts cannot be stored: it is too long, or has the character U+0000".to_owned());
        } else if self.line.action == Action::Bury {
            self.reason("deleted in the old deployment: only its number is kept".to_owned());
        } else {
            self.live(foreign, found, rivals, pair);
        }
        self.count(foreign)
    }

    fn live(&mut self, foreign: &ForeignAccount, found: &Found, rivals: &Rivals, pair: Pair) {
        match pair {
            Pair::Listed(into) => {
                self.merge(into, "listed as the same person as");
                self.warn(
                    "it keeps the gateway's password; its old one stops working unless they are equal".to_owned(),
                );
            }
            Pair::ProvenByPassword(into) => self.merge(into, "the password given for the pair opens it and"),
            Pair::ProvenByAddress(into) => self.merge(into, "has the same proven address and the same password as"),
            Pair::Disproved(with) => {
                self.warn(format!("the password given for the pair does not open it and account {with}: not merged"));
                self.name(foreign, found, rivals);
            }
            Pair::None => self.name(foreign, found, rivals),
        }
        if self.line.action == Action::Skip {
            return;
        }
        self.address(found, rivals);
        if found.number {
            self.summary.conflict("id, against the gateway");
        }
        if let Some(reason) = &foreign.needs_reset {
            self.line.needs_reset = true;
            self.summary.needs_reset += 1;
            self.warn(format!("needs a new password: {reason}"));
        }
    }

    fn merge(&mut self, into: i64, why: &str) {
        self.line.action = Action::Merge;
        self.line.into = Some(into);
        self.reason(format!("{why} account {into}"));
    }

    fn name(&mut self, foreign: &ForeignAccount, found: &Found, rivals: &Rivals) {
        if let Some(first) = rivals.username {
            self.summary.conflict("username, inside the source");
            let why = format!("account {first} of the source has the same name");
            return match self.policies.username {
                Choice::Skip => self.skip(why),
                Choice::Fail => self.wrong(why),
                Choice::Scope | Choice::Merge | Choice::Rename => self.rename(foreign, why),
            };
        }
        if let Some(holder) = found.own_name {
            self.summary.conflict("username, in the scope");
            let why = format!("account {holder} has this name in the same scope");
            return match self.policies.username {
                Choice::Rename => self.rename(foreign, why),
                Choice::Skip => self.skip(why),
                Choice::Scope | Choice::Merge | Choice::Fail => {
                    self.wrong(format!("{why}: give another --scope, or --policy username=rename or =skip"));
                }
            };
        }
        let Some(holder) = found.shared_name else { return };
        self.summary.conflict("username, against the gateway");
        let why = format!("account {holder} has this name elsewhere");
        match self.policies.username {
            Choice::Scope | Choice::Merge => self.reason(format!("{why}: both keep it, each where it logs in")),
            Choice::Rename => self.rename(foreign, why),
            Choice::Skip => self.skip(why),
            Choice::Fail => self.wrong(why),
        }
    }

    fn address(&mut self, found: &Found, rivals: &Rivals) {
        if let Some(first) = rivals.email {
            self.summary.conflict("email, inside the source");
            let why = format!("account {first} of the source logs in with the same address: this one only shows it");
            self.line.address_only_shown = true;
            return match self.policies.email {
                Choice::Fail => self.wrong(why),
                Choice::Skip => self.skip(why),
                Choice::Scope | Choice::Merge | Choice::Rename => self.warn(why),
            };
        }
        let Some(holder) = found.own_email.or(found.shared_email) else { return };
        self.summary.conflict("email, against the gateway");
        let why = format!("account {holder} logs in with its address");
        match self.policies.email {
            Choice::Scope | Choice::Merge => self.reason(format!("{why}: each where it belongs")),
            Choice::Rename => {
                self.line.address_only_shown = true;
                self.warn(format!("{why}: this one only shows it"));
            }
            Choice::Skip => self.skip(why),
            Choice::Fail => self.wrong(why),
        }
    }

    fn rename(&mut self, foreign: &ForeignAccount, why: String) {
        let name = format!("{} ({})", foreign.account.username, foreign.key);
        self.warn(format!("{why}: it becomes {name:?}"));
        self.line.action = Action::Rename;
        self.line.username = Some(name);
    }

    fn skip(&mut self, why: String) {
        self.line.action = Action::Skip;
        self.reason(why);
    }

    fn reason(&mut self, reason: String) {
        self.line.reasons.push(reason);
    }

    fn warn(&mut self, what: String) {
        self.summary.warn(&self.place, &what);
        self.reason(what);
    }

    fn wrong(&mut self, what: String) {
        self.summary.error(&self.place, &what);
        self.line.action = Action::Skip;
        self.reason(what);
    }

    fn count(self, foreign: &ForeignAccount) -> Line {
        let Self { summary, line, .. } = self;
        let name = match line.action {
            Action::Create => "create",
            Action::Merge => "merge",
            Action::Rename => "rename",
            Action::Skip => "skip",
            Action::Bury => "bury",
        };
        count(&mut summary.actions, name);
        summary.accounts += 1;
        line.schemes.iter().for_each(|scheme| count(&mut summary.schemes, scheme));
        if line.action != Action::Skip {
            summary.pictures += foreign.pictures.len() as u64;
            let weak = weak(&foreign.account.password);
            summary.weak += weak;
            summary.weak_accounts += u64::from(weak > 0);
        }
        line
    }
}

fn schemes(password: &ImportedPassword) -> Vec<String> {
    match password {
        ImportedPassword::Verifiers(verifiers) => {
            let mut methods: Vec<String> = verifiers
                .iter()
                .map(|(view, scheme)| match view {
                    dragoman_passwords::View::Plain => scheme.method(),
                    digest => format!("{digest} digest"),
                })
                .collect();
            methods.dedup();
            methods
        }
        ImportedPassword::Plain(_) => vec!["plain text".to_owned()],
        ImportedPassword::None => vec!["none".to_owned()],
    }
}

fn weak(password: &ImportedPassword) -> u64 {
    match password {
        ImportedPassword::Verifiers(verifiers) => {
            verifiers.iter().filter(|(_, scheme)| scheme.is_weak()).count() as u64
        }
        ImportedPassword::Plain(_) | ImportedPassword::None => 0,
    }
}
