//! `[D.shadow]`: the old server that some of a mount's reading requests are put to as well.

use std::path::PathBuf;
use std::time::Duration;

use dragoman_upstream::{Address, OpenError, Options};
use serde::{Deserialize, Serialize};

/// An old server whose answers are compared with ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShadowSettings {
    /// Where it is, such as `http://old:9999`.
    pub upstream: String,
    /// Of a hundred requests that only read, so many are put to it too.
    #[serde(default = "usual_percent")]
    pub percent: u8,
    /// For a whole question and answer; nobody waits for it.
    #[serde(default = "usual_time_out")]
    pub time_out_seconds: u64,
    /// PEM of the authorities that certify it; absent: the system's.
    #[serde(default)]
    pub ca_certificate: Option<PathBuf>,
}

const fn usual_percent() -> u8 {
    5
}

const fn usual_time_out() -> u64 {
    5
}

impl ShadowSettings {
    /// What the client of the `upstream` room needs.
    ///
    /// # Errors
    /// What is wrong with the URL.
    pub fn options(&self) -> Result<Options, OpenError> {
        Ok(Options {
            address: Address::parse(&self.upstream)?,
            ca_certificate: self.ca_certificate.clone(),
            time_out: Duration::from_secs(self.time_out_seconds),
        })
    }

    /// A clause for the operator about what cannot be.
    pub(super) fn fault(&self) -> Option<String> {
        if let Err(error) = self.options() {
            return Some(format!("has an `upstream` of which {error}"));
        }
        if !(1..=100).contains(&self.percent) {
            return Some(format!("has a `percent` of {}, which must be between 1 and 100", self.percent));
        }
        (!(1..=300).contains(&self.time_out_seconds))
            .then(|| "has a `time_out_seconds` that must be between 1 and 300".to_owned())
    }
}
