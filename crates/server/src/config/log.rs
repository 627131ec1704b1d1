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
        Self { level: "info".to_owned(), format: LogFormat::Auto, requests: true }
    }
}

impl LogSettings {
    pub(super) fn check(&self, faults: &mut Faults) {
        if let Err(error) = EnvFilter::try_new(&self.level) {
            faults.add("level", &format!("must be a level such as `info`: {error}"));
        }
    }
}
