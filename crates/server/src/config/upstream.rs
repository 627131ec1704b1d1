//! `[D.upstream]`: the old server that a mount stands in front of.

use std::path::PathBuf;
use std::time::Duration;

use dragoman_dialect::{PasswordChanges, Telling, UpstreamMode};
use dragoman_upstream::{Address, Options};
use serde::{Deserialize, Serialize};

use super::{bounds::HOUR, reading::Faults};

/// `[D.upstream]`, also in a `[[mounts]]` entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UpstreamSettings {
    /// Where the old server is, e.g. `http://old:9999`; none: there is none any more.
    pub url: Option<String>,
    /// How long it may take to answer.
    pub time_out_seconds: u64,
    /// PEM file of the authorities that certify it; none: the system's.
    pub ca_certificate: Option<PathBuf>,
    /// Whom it is asked about.
    pub mode: UpstreamMode,
    /// Paths that dragoman does not serve go to it.
    pub pass_through: bool,
    /// What becomes of an account over there when its password changes here.
    pub password_changes: PasswordChanges,
}

impl Default for UpstreamSettings {
    fn default() -> Self {
        Self {
            url: None,
            time_out_seconds: 10,
            ca_certificate: None,
            mode: UpstreamMode::Off,
            pass_through: false,
            password_changes: PasswordChanges::End,
        }
    }
}

impl UpstreamSettings {
    /// What a client is made of; `None` without a URL.
    pub fn options(&self) -> Option<Options> {
        Some(Options {
            address: Address::parse(self.url.as_deref()?).ok()?,
            ca_certificate: self.ca_certificate.clone(),
            time_out: Duration::from_secs(self.time_out_seconds),
        })
    }

    /// Whether sessions of the old server are kept beside those of here: they are sealed, so it takes a key.
    pub fn keeps_sessions(&self) -> bool {
        self.url.is_some() && self.pass_through && self.mode != UpstreamMode::Off
    }

    pub(super) fn check(&self, telling: Telling, faults: &mut Faults) {
        faults.bound("time_out_seconds", self.time_out_seconds, 1..=HOUR);
        match self.url.as_deref().map(Address::parse) {
            Some(Err(reason)) => faults.add("url", &reason.to_string()),
            Some(Ok(_)) => {}
            None if self.mode != UpstreamMode::Off => faults.add("mode", "needs the old server's `url`"),
            None if self.pass_through => faults.add("pass_through", "needs the old server's `url`"),
            None => {}
        }
        if self.password_changes == PasswordChanges::Tell
            && let Some(reason) = self.why_it_is_told_nothing(telling)
        {
            faults.add("password_changes", reason);
        }
    }

    fn why_it_is_told_nothing(&self, telling: Telling) -> Option<&'static str> {
        match telling {
            _ if self.url.is_none() => Some("needs the old server's `url`: without it nobody is told"),
            _ if self.mode == UpstreamMode::Off => Some("needs a `mode`: with \"off\" the old server is told nothing"),
            Telling::Never => Some("cannot be \"tell\": an old server of this dialect has no call for it"),
            Telling::WithinSession if !self.pass_through => Some(
                "needs `pass_through`: an old server of this dialect is told within the session kept for its pages",
            ),
            Telling::WithinSession | Telling::ByItself => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tell_is_refused_where_nobody_can_be_told() {
        let settings = UpstreamSettings {
            url: Some("http://old".to_owned()),
            mode: UpstreamMode::All,
            password_changes: PasswordChanges::Tell,
            ..UpstreamSettings::default()
        };
        assert!(settings.why_it_is_told_nothing(Telling::Never).unwrap().contains("no call"));
        assert!(settings.why_it_is_told_nothing(Telling::WithinSession).unwrap().contains("`pass_through`"));
        assert_eq!(settings.why_it_is_told_nothing(Telling::ByItself), None);
        let passing = UpstreamSettings { pass_through: true, ..settings };
        assert_eq!(passing.why_it_is_told_nothing(Telling::WithinSession), None);
        assert!(passing.why_it_is_told_nothing(Telling::Never).is_some());
    }
}
