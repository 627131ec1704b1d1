//! Storage that speaks S3: what is asked of its settings, and how it is reached.

use std::sync::Arc;
use std::time::Duration;

use dragoman_passwords::Secret;
use object_store::aws::AmazonS3Builder;
use object_store::{ObjectStore, RetryConfig};
use reqwest::Url;

use super::s3_http::Connector;

/// Without a sign of life for so long an S3 request has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// How to reach S3-compatible storage. Without keys the machine's role is asked for them (AWS instance metadata).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Options {
    /// Base URL, `https://…` or `http://…`; AWS itself if absent.
    pub endpoint: Option<String>,
    /// `us-east-1` if absent.
    pub region: Option<String>,
    /// Name of the key.
    pub access_key_id: Option<String>,
    /// The key.
    pub secret_access_key: Option<Secret>,
    /// Goes with temporary keys.
    pub session_token: Option<Secret>,
    /// The bucket is in the host name instead of the path.
    pub virtual_hosted: bool,
    /// How long nothing may happen in a request.
    pub patience: Duration,
}

impl Default for S3Options {
    fn default() -> Self {
        Self {
            endpoint: None,
            region: None,
            access_key_id: None,
            secret_access_key: None,
            session_token: None,
            virtual_hosted: false,
            patience: PATIENCE,
        }
    }
}

impl S3Options {
    /// What the client would panic at, or ask nobody with, at the first picture.
    pub(super) fn check(&self, bucket: &str) -> Result<(), String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if !(1..=255).contains(&bucket.len()) || !bucket.bytes().all(plain) {
            return Err("its name must be of letters, digits, `-`, `.` and `_`".to_owned());
        }
        if let Some(endpoint) = &self.endpoint {
            check_endpoint(endpoint)?;
        }
        if self.region.as_deref().is_some_and(|region| region.is_empty() || !region.bytes().all(plain)) {
            return Err("region: must be like `eu-central-1`".to_owned());
        }
        let header = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_graphic);
        if self.access_key_id.as_deref().is_some_and(|id| !header(id.as_bytes()) || id.contains(['/', ','])) {
            return Err("access_key_id: must be one word".to_owned());
        }
        if self.session_token.as_ref().is_some_and(|token| !header(token.as_bytes())) {
            return Err("session_token: must be one word".to_owned());
        }
        if self.access_key_id.is_some() != self.secret_access_key.is_some() {
            return Err("an access key needs both its id and its secret".to_owned());
        }
        Ok(())
    }

    pub(super) fn open(&self, bucket: &str) -> Result<Arc<dyn ObjectStore>, String> {
        self.check(bucket)?;
        let secret_text = |secret: &Secret| String::from_utf8_lossy(secret.as_bytes()).into_owned();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            // One DELETE a picture: many stores that speak S3 know no DeleteObjects.
            .with_disable_bulk_delete(true)
            .with_region(self.region.as_deref().unwrap_or("us-east-1"))
            .with_virtual_hosted_style_request(self.virtual_hosted)
            .with_http_connector(Connector { patience: self.patience })
            .with_retry(RetryConfig { max_retries: 3, retry_timeout: 2 * self.patience, ..RetryConfig::default() });
        if let Some(endpoint) = &self.endpoint {
            builder =
                builder.with_endpoint(endpoint.trim_end_matches('/')).with_allow_http(endpoint.starts_with("http://"));
        }
        if let (Some(id), Some(secret)) = (&self.access_key_id, &self.secret_access_key) {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret_text(secret));
        }
        if let Some(token) = &self.session_token {
            builder = builder.with_token(secret_text(token));
        }
        builder.build().map(|store| Arc::new(store) as Arc<dyn ObjectStore>).map_err(|error| error.to_string())
    }
}

fn check_endpoint(endpoint: &str) -> Result<(), String> {
    // The text is not repeated: it may hold a password, and has been told as `config show` masks it.
    let wrong = || "endpoint: must be like `https://minio.example:9000`".to_owned();
    let authority = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
    let authority = authority.ok_or_else(|| format!("{}, with its scheme", wrong()))?;
    // The parser would skip further slashes, blanks and control characters.
    if authority.starts_with('/') || !endpoint.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong());
    }
    let url = Url::parse(endpoint).map_err(|error| format!("{}: {error}", wrong()))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("endpoint: has no user and password, use access_key_id and secret_access_key".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Result<(), String> {
        S3Options { endpoint: Some(text.to_owned()), ..S3Options::default() }.check("pictures")
    }

    #[test]
    fn an_endpoint_is_a_url_with_its_scheme() {
        for good in ["https://minio.example", "http://127.0.0.1:9000/", "http://[::1]:9000", "https://h.example/s3"] {
            assert_eq!(endpoint(good), Ok(()), "{good}");
        }
        for wrong in [
            "",
            "minio",
            "minio.example:9000",
            "//minio.example",
            "ftp://minio.example",
            "http://",
            "http:///x",
            "https://a b",
            "http://[::1",
            "http://h:99999",
            "http://h:port",
            "https://h?x",
            "https://h#x",
            "http://\u{1}",
            "https://user:s3cret@minio.example",
            " http://h",
            "http://h ",
            "http://中文",
        ] {
            let refused = endpoint(wrong).unwrap_err();
            assert!(refused.contains("endpoint") && !refused.contains("s3cret"), "{wrong}: {refused}");
        }
    }

    #[test]
    fn what_would_stand_in_a_header_or_a_host_is_one_word() {
        let key = |id: &str| S3Options {
            access_key_id: Some(id.to_owned()),
            secret_access_key: Some("x".into()),
            ..S3Options::default()
        };
        assert_eq!(key("AKIA").check("pictures"), Ok(()));
        for wrong in ["", "a b", "a\nb", "a/b", "中"] {
            assert!(key(wrong).check("pictures").is_err(), "{wrong:?}");
        }
        assert!(S3Options { session_token: Some("a\r\nb".into()), ..key("AKIA") }.check("pictures").is_err());
        assert!(S3Options { region: Some("eu west".into()), ..key("AKIA") }.check("pictures").is_err());
        for wrong in ["", "a b", "a/b", "a?b", "ä"] {
            assert!(key("AKIA").check(wrong).is_err(), "{wrong:?}");
        }
        assert!(S3Options { secret_access_key: None, ..key("AKIA") }.check("pictures").is_err());
    }
}
