//! `[telemetry]`: where traces of requests are sent.

use std::path::PathBuf;
use std::time::Duration;

use dragoman_upstream::{Address, Options};
use serde::{Deserialize, Serialize};

use super::reading::Faults;

/// `[telemetry]`
#[derive(Clone, Serialize, Deserialize)]
pub struct TelemetrySettings {
    /// Base URL of a collector that takes OTLP over HTTP, e.g. `http://127.0.0.1:4318`; none: no traces are made.
    pub url: Option<String>,
    /// What it asks for as `Authorization: Bearer ...`.
    pub token: Option<String>,
    /// PEM file of the authorities that certify it; none: the system's.
    pub ca_certificate: Option<PathBuf>,
    /// How many of a hundred requests are recorded whose caller does not say whether they are.
    pub sample_percent: u8,
    /// What this gateway is called there.
    pub service_name: String,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self { url: None, token: None, ca_certificate: None, sample_percent: 100, service_name: "dragoman".to_owned() }
    }
}

/// For one batch.
const TIME_OUT: Duration = Duration::from_secs(10);

impl TelemetrySettings {
    /// What a client is made of; `None` without a URL.
    pub fn options(&self) -> Option<Options> {
        Some(Options {
            address: Address::parse(self.url.as_deref()?).ok()?,
            ca_certificate: self.ca_certificate.clone(),
            time_out: TIME_OUT,
        })
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        faults.bound("sample_percent", self.sample_percent, 0..=100);
        if let Some(Err(reason)) = self.url.as_deref().map(Address::parse) {
            faults.add("url", &reason.to_string());
        }
        if self.service_name.trim().is_empty() {
            faults.add("service_name", "must not be empty");
        }
    }
}
