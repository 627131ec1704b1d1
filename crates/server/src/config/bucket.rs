//! An S3 bucket, as the sections that name one by `s3://BUCKET/PREFIX` say how it is reached.

use dragoman_dialect::pictures::S3Options;
use dragoman_passwords::Secret;
use serde::{Deserialize, Serialize};

use super::reading::Faults;

/// Keys of a section whose URL may be a bucket's.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct BucketSettings {
    /// Its base URL; none given: AWS.
    pub endpoint: Option<String>,
    /// The region, `us-east-1` if none is given.
    pub region: Option<String>,
    /// The name of the key; none given: the machine's role is asked.
    pub access_key_id: Option<String>,
    /// The key.
    pub secret_access_key: Option<String>,
    /// Goes with temporary keys.
    pub session_token: Option<String>,
    /// The bucket is in the host name instead of the path.
    pub virtual_hosted: bool,
}

impl BucketSettings {
    /// As the store takes them.
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
        if self.access_key_id.is_some() != self.secret_access_key.is_some() {
            faults.add("access_key_id", "and `secret_access_key` must be given together");
        }
    }
}
