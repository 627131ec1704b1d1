//! `[pictures]`: where uploaded pictures are kept.

use dragoman_dialect::pictures::S3Options;
use dragoman_passwords::Secret;
use serde::{Deserialize, Serialize};

use super::reading::Faults;

/// `[pictures]`
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct PictureSettings {
    /// `file://FOLDER`, or `s3://BUCKET/PREFIX` for several replicas; none given: a folder beside the database file.
    pub url: Option<String>,
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

impl PictureSettings {
    /// As the store takes them.
    pub fn s3(&self) -> S3Options {
        S3Options {
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: self.secret_access_key.as_deref().map(Secret::new),
            session_token: self.session_token.as_deref().map(Secret::new),
            virtual_hosted: self.virtual_hosted,
        }
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        if self.url.as_deref().is_some_and(|url| !url.starts_with("file://") && !url.starts_with("s3://")) {
            faults.add("url", "must be like `file:///var/lib/dragoman/pictures` or `s3://bucket/prefix`");
        }
        if self.access_key_id.is_some() != self.secret_access_key.is_some() {
            faults.add("access_key_id", "and `secret_access_key` must be given together");
        }
    }
}
