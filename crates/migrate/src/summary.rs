//! What a plan comes to.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde::{Deserialize, Serialize};

/// Warnings and errors that are kept word by word, of each kind; the rest is counted.
const TOLD: usize = 200;

/// A plan in numbers, with everything worth a word.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The version of this line; first, so that it is known from an account's.
    pub summary: u32,
    /// The program that wrote the source.
    pub writer: String,
    /// Accounts of the source.
    pub accounts: u64,
    /// The highest number of theirs that becomes an account's own.
    #[serde(default)]
    pub highest: i64,
    /// Of each action.
    pub actions: BTreeMap<String, u64>,
    /// Accounts whose password must be set anew.
    pub needs_reset: u64,
    /// Passwords of each scheme.
    pub schemes: BTreeMap<String, u64>,
    /// Conflicts by field: `username`, `folded username`, `email`, `id`, each against the gateway or inside the source.
    pub conflicts: BTreeMap<String, u64>,
    /// Rows published beside the accounts.
    pub rows: u64,
    /// Pictures that are named by accounts.
    pub pictures: u64,
    /// Weak hashes, which are sealed and wrapped.
    pub weak: u64,
    /// Accounts that have any.
    #[serde(default)]
    pub weak_accounts: u64,
    /// How long wrapping them would take on this machine, in seconds.
    pub wrapping_seconds: u64,
    /// Settings of the old deployment.
    pub settings: Vec<FoundSetting>,
    /// What wants to be accepted.
    pub warnings: Vec<String>,
    /// How many there are in all.
    pub warning_count: u64,
    /// What must be settled first.
    pub errors: Vec<String>,
    /// How many there are in all.
    pub error_count: u64,
}

/// A setting for the dialect's section of `dragoman.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundSetting {
    /// Its key.
    pub key: String,
    /// Its value as TOML writes it.
    pub value: String,
    /// Why it matters.
    pub reason: String,
}

impl Summary {
    /// Adds a warning.
    pub fn warn(&mut self, place: &str, what: &str) {
        self.warning_count += 1;
        if self.warnings.len() < TOLD {
            self.warnings.push(told(place, what));
        }
    }

    /// Adds an error.
    pub fn error(&mut self, place: &str, what: &str) {
        self.error_count += 1;
        if self.errors.len() < TOLD {
            self.errors.push(told(place, what));
        }
    }

    /// Counts a conflict.
    pub fn conflict(&mut self, field: &str) {
        count(&mut self.conflicts, field);
    }

    /// The settings as a part of `dragoman.toml`, or nothing.
    pub fn toml(&self, section: &str) -> String {
        let mut text = String::new();
        if self.settings.is_empty() {
            return text;
        }
        text.push_str(&format!("[{section}]\n"));
        for FoundSetting { key, value, reason } in &self.settings {
            text.push_str(&format!("# {reason}\n{key} = {value}\n"));
        }
        text
    }
}

/// One more of a name.
pub(crate) fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}

fn told(place: &str, what: &str) -> String {
    if place.is_empty() { what.to_owned() } else { format!("{place}: {what}") }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: &BTreeMap<String, u64>| {
            let mut text = String::new();
            for (name, count) in counts {
                let separator = if text.is_empty() { "" } else { ", " };
                let _ = write!(text, "{separator}{count} {name}");
            }
            text
        };
        writeln!(formatter, "{} accounts ({}): {}", self.accounts, self.writer, list(&self.actions))?;
        writeln!(formatter, "passwords: {}", list(&self.schemes))?;
        if self.weak > 0 {
            let Self { weak, wrapping_seconds, .. } = self;
            writeln!(formatter, "weak hashes: {weak}, to be wrapped in bcrypt in about {wrapping_seconds} s")?;
        }
        if self.needs_reset > 0 {
            writeln!(formatter, "need a new password: {}", self.needs_reset)?;
        }
        if !self.conflicts.is_empty() {
            writeln!(formatter, "conflicts: {}", list(&self.conflicts))?;
        }
        if self.rows > 0 {
            writeln!(formatter, "rows beside the accounts: {}", self.rows)?;
        }
        if self.pictures > 0 {
            writeln!(formatter, "pictures: {}", self.pictures)?;
        }
        for (kind, told, count) in
            [("warning", &self.warnings, self.warning_count), ("error", &self.errors, self.error_count)]
        {
            for text in told {
                writeln!(formatter, "{kind}: {text}")?;
            }
            let more = count.saturating_sub(told.len() as u64);
            if more > 0 {
                writeln!(formatter, "{kind}: and {more} more")?;
            }
        }
        Ok(())
    }
}
