//! `[backup]`: backups that the server makes by itself.

use std::time::Duration;

use dragoman_backup::BackupKey;
use dragoman_dialect::pictures::{S3Options, check};
use serde::{Deserialize, Serialize};

use super::{bucket::BucketSettings, reading::Faults};

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
    /// Where it is, if it is one.
    #[serde(flatten)]
    pub bucket: BucketSettings,
}

impl Default for BackupSettings {
    fn default() -> Self {
        Self { to: None, every_hours: 24, keep: 14, pictures: false, key: None, bucket: BucketSettings::default() }
    }
}

impl BackupSettings {
    /// Between two backups.
    pub fn every(&self) -> Duration {
        Duration::from_secs(u64::from(self.every_hours) * 60 * 60)
    }

    /// As the bucket is reached.
    pub fn s3(&self) -> S3Options {
        self.bucket.s3()
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
        self.bucket.check(faults);
    }
}
