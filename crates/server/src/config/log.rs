//! `[log]`: how much is said, and how.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::reading::Faults;

/// `[log]`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogSettings {
    /// A level, or directives such as `info,dragoman_accounts=debug`.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
    /// One line for each request, at level `info`.
    pub requests: bool,
    /// With the network each request came from: without it nobody can tell who attacks.
    pub networks: bool,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Auto, requests: true, networks: true }
    }
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// A directive whose level is none, and the nearest one. A word of its own that is neither a level nor the name of a module
/// would be taken for a module, so that `warning` switches everything off.
fn misspelt(directive: &str) -> Option<(&str, &'static str)> {
    let directive = directive.trim();
    let level = match directive.rsplit_once('=') {
        Some((_, level)) => level.trim(),
        None if directive.contains("::") || directive.starts_with("dragoman") || directive.contains('[') => {
            return None;
        }
        None => directive,
    };
    let known = LEVELS.iter().any(|name| level.eq_ignore_ascii_case(name))
        || matches!(level, "0" | "1" | "2" | "3" | "4" | "5");
    let lower = level.to_lowercase();
    let near =
        LEVELS.iter().min_by_key(|name| (!lower.starts_with(**name), strsim::damerau_levenshtein(&lower, name)))?;
    (!known).then_some((level, *near))
}

impl LogSettings {
    pub(super) fn check(&self, faults: &mut Faults) {
        if let Some((word, near)) = self.level.split(',').find_map(misspelt) {
            faults.add("level", &format!("has no level `{word}`, did you mean `{near}`?"));
        } else if let Err(error) = EnvFilter::try_new(&self.level) {
            faults.add("level", &format!("must be a level such as `info`: {error}"));
        }
    }
}
