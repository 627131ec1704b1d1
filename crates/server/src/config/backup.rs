//! `[backup]`: backups that the server makes by itself.

use std::time::Duration;

use dragoman_backup::BackupKey;
use dragoman_dialect::pictures::{S3Options, check};
use dragoman_passwords::Secret;
use serde::{Deserialize, Serialize};

use super::reading::Faults;

/// `[backup]`
#[derive(Clone, Serialize, Deserialize)]
pub struct BackupSettings {
    /// `file:///FOLDER` or `s3://BUCKET/PREFIX`; none given: no backups are made.
    pub to: Option<String>,
    /// How often.
    pub every_hours: u32,
    /// How many are kept.
    pub keep: u32,
    /// With all pictures.
    pub pictures: bool,
    /// What they are encrypted with, 64 hex digits.
    pub key: Option<String>,
    /// S3: its base URL; none given: AWS.
    pub endpoint: Option<String>,
    /// S3: the region, `us-east-1` if none is given.
    pub region: Option<String>,
    /// S3: the name of the key; none given: the machine's role is asked.
    pub access_key_id: Option<String>,
    /// S3: the key.
    pub secret_access_key: Option<String>,
    /// S3: goes with temporary keys.
    pub session_token: Option<String>,
    /// S3: the bucket is in the host name instead of the path.
    pub virtual_hosted: bool,
}

impl Default for BackupSettings {
    fn default() -> Self {
        Self {
            to: None,
            every_hours: 24,
            keep: 14,
            pictures: false,
            key: None,
            endpoint: None,
            region: None,
            access_key_id: None,
            secret_access_key: None,
            session_token: None,
            virtual_hosted: false,
        }
    }
}

impl BackupSettings {
    /// Between two backups.
    pub fn every(&self) -> Duration {
        Duration::from_secs(u64::from(self.every_hours) * 60 * 60)
    }

    /// As the bucket is reached.
    pub fn s3(&self) -> S3Options {
        S3Options {
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: self.secret_access_key.as_deref().map(Secret::new),
            session_token: self.session_token.as_deref().map(Secret::new),
            virtual_hosted: self.virtual_hosted,
            ..S3Options::default()
        }
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        faults.bound("every_hours", self.every_hours, 1..=24 * 366);
        faults.bound("keep", self.keep, 1..=10_000);
        if self.key.as_deref().is_some_and(|key| BackupKey::of(key).is_none()) {
            faults.add("key", "must be 64 hex digits");
        }
        match self.to.as_deref() {
            Some(to) if !to.starts_with("file:///") && !to.starts_with("s3://") => {
                faults.add("to", "must be like `file:///var/backups/dragoman` or `s3://bucket/prefix`");
            }
            Some(to) if to.starts_with("s3://") => {
                if let Err(reason) = check(to, &self.s3()) {
                    faults.add("to", &format!("cannot be used: {reason}"));
                }
            }
            Some(_) | None => {}
        }
        if self.access_key_id.is_some() != self.secret_access_key.is_some() {
            faults.add("access_key_id", "and `secret_access_key` must be given together");
        }
    }
}
