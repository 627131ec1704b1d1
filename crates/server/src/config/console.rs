//! `[console]`: the operator's web and the metrics, on a listener of their own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{bounds::DAY, reading::Faults};

/// `[console]`; nothing is listened on unless `listen` is given. TLS is that of `[server]`.
#[derive(Clone, Serialize, Deserialize)]
pub struct ConsoleSettings {
    /// Address and port; port 0 takes any free one.
    pub listen: Option<SocketAddr>,
    /// What `GET /metrics` asks for as `Authorization: Bearer ...`; without it only this machine is answered.
    pub metrics_token: Option<String>,
    /// Folder of the reports of replays that are shown.
    pub reports: Option<PathBuf>,
    /// How long a session may rest.
    pub idle_minutes: u64,
    /// How long a session lives, however busy.
    pub session_hours: u64,
}

impl Default for ConsoleSettings {
    fn default() -> Self {
        Self { listen: None, metrics_token: None, reports: None, idle_minutes: 15, session_hours: 8 }
    }
}

/// Shorter tokens could be guessed.
const TOKEN_BYTES: usize = 16;

impl ConsoleSettings {
    /// How long a session may rest.
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_minutes.saturating_mul(60))
    }

    /// How long a session lives.
    pub fn session(&self) -> Duration {
        Duration::from_secs(self.session_hours.saturating_mul(60 * 60))
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        faults.bound("idle_minutes", self.idle_minutes, 1..=DAY / 60);
        faults.bound("session_hours", self.session_hours, 1..=7 * 24);
        if self.metrics_token.as_ref().is_some_and(|token| token.len() < TOKEN_BYTES) {
            faults.add("metrics_token", &format!("must have {TOKEN_BYTES} characters at least"));
        }
    }
}
