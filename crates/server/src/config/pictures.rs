//! `[pictures]`: where uploaded pictures are kept.

use std::time::Duration;

use dragoman_dialect::pictures::{PictureLimits, S3Options, check};
use serde::{Deserialize, Serialize};

use super::{bucket::BucketSettings, reading::Faults};

/// A pebibyte.
const MOST_MIB: u32 = 1 << 30;

/// `[pictures]`
#[derive(Clone, Serialize, Deserialize)]
pub struct PictureSettings {
    /// `file://FOLDER`, or `s3://BUCKET/PREFIX` for several replicas; none given: a folder beside the database file.
    pub url: Option<String>,
    /// Where it is, if it is one.
    #[serde(flatten)]
    pub bucket: BucketSettings,
    /// What one account may upload within a day, in MiB; 0: any amount.
    pub account_mib_per_day: u32,
    /// What one network may upload within a day, in MiB; 0: any amount.
    pub network_mib_per_day: u32,
    /// What stays free on the disk of a picture folder, in MiB.
    pub reserve_mib: u32,
    /// After so many days an upload that no account shows is removed; 0: never.
    pub unused_days: u32,
}

impl Default for PictureSettings {
    fn default() -> Self {
        Self {
            url: None,
            bucket: BucketSettings::default(),
            account_mib_per_day: 64,
            network_mib_per_day: 1_024,
            reserve_mib: 256,
            unused_days: 7,
        }
    }
}

impl PictureSettings {
    /// As the store takes them.
    pub fn s3(&self) -> S3Options {
        self.bucket.s3()
    }

    /// How much is kept.
    pub fn limits(&self) -> PictureLimits {
        let Self { account_mib_per_day, network_mib_per_day, reserve_mib, .. } = *self;
        PictureLimits { account_mib_per_day, network_mib_per_day, reserve_mib }
    }

    /// After so long an upload that nobody shows is removed.
    pub fn unused_for(&self) -> Option<Duration> {
        (self.unused_days > 0).then(|| Duration::from_secs(u64::from(self.unused_days) * 24 * 60 * 60))
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        for (key, mib) in [
            ("account_mib_per_day", self.account_mib_per_day),
            ("network_mib_per_day", self.network_mib_per_day),
            ("reserve_mib", self.reserve_mib),
        ] {
            faults.bound(key, mib, 0..=MOST_MIB);
        }
        faults.bound("unused_days", self.unused_days, 0..=36_525);
        match self.url.as_deref() {
            Some(url) if !url.starts_with("file://") && !url.starts_with("s3://") => {
                faults.add("url", "must be like `file:///var/lib/dragoman/pictures` or `s3://bucket/prefix`");
            }
            Some(url) => {
                if let Err(reason) = check(url, &self.s3()) {
                    faults.add("url", &format!("cannot be used: {reason}"));
                }
            }
            None => {}
        }
        self.bucket.check(faults);
    }
}
