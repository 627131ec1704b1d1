//! Where a store's URL points.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use dragoman_accounts::clock::{Clock, SystemClock};
use dragoman_passwords::Secret;
use object_store::aws::AmazonS3Builder;
use object_store::client::{ClientOptions, HttpClient, HttpConnector};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, RetryConfig};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use super::PictureSetupError;

/// Bytes an upload holds before it writes them to a file.
const FILE_PART: usize = 256 * 1024;
/// The smallest part S3 takes.
const S3_PART: usize = 5 * 1024 * 1024;
/// An upload that has not ended after a day never will: its process died.
const LEFTOVER_AGE: Duration = Duration::from_secs(24 * 3600);
/// Without an answer for so long an S3 request has failed.
const S3_PATIENCE: Duration = Duration::from_secs(10);

/// How to reach S3-compatible storage. Without keys the machine's role is asked for them (AWS instance metadata).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
}

/// A storage ready for use.
pub(super) struct Opened {
    pub(super) objects: Arc<dyn ObjectStore>,
    pub(super) prefix: Path,
    pub(super) part_bytes: usize,
}

pub(super) fn open(url: &str, s3: &S3Options) -> Result<Opened, PictureSetupError> {
    if let Some(folder) = url.strip_prefix("file://").filter(|folder| !folder.is_empty()) {
        let objects = open_folder(FilePath::new(folder))
            .map_err(|reason| PictureSetupError(format!("picture folder {folder:?}: {reason}")))?;
        return Ok(Opened { objects: Arc::new(objects), prefix: Path::default(), part_bytes: FILE_PART });
    }
    if let Some((bucket, prefix)) = url.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, ""))) {
        let unusable = |reason: String| PictureSetupError(format!("picture bucket {bucket:?}: {reason}"));
        if bucket.is_empty() {
            return Err(unusable("it has no name".to_owned()));
        }
        let prefix = Path::parse(prefix).map_err(|error| unusable(error.to_string()))?;
        let objects = open_bucket(bucket, s3).map_err(unusable)?;
        return Ok(Opened { objects, prefix, part_bytes: S3_PART });
    }
    Err(PictureSetupError(format!("pictures are kept in file://FOLDER or s3://BUCKET/PREFIX, not in {url:?}")))
}

fn open_folder(folder: &FilePath) -> Result<LocalFileSystem, String> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| error.to_string())?;
    remove_leftovers(folder, 3).map_err(|error| error.to_string())?;
    let opened = LocalFileSystem::new_with_prefix(folder).map_err(|error| error.to_string())?;
    // "Stored" means stored, as it does for S3 and for the database.
    Ok(opened.with_fsync(true))
}

/// Unfinished files are named like the picture with `#1`, `#2` ... behind it; other replicas may be writing theirs now.
fn remove_leftovers(folder: &FilePath, depth: u8) -> std::io::Result<()> {
    let now = SystemClock.now();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && depth > 0 {
            remove_leftovers(&entry.path(), depth - 1)?;
        }
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.rsplit_once('#')).map_or("", |(_, number)| number);
        let staged = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if !kind.is_file() || !staged {
            continue;
        }
        let modified = entry.metadata().and_then(|facts| facts.modified());
        let since = modified.ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
        if now.minus(LEFTOVER_AGE).millis() > i64::try_from(since.as_millis()).unwrap_or(i64::MAX) {
            // Another replica may have been quicker; what cannot be removed is tried again at the next start.
            if let Err(error) = std::fs::remove_file(entry.path()) {
                tracing::warn!(file = %entry.path().display(), %error, "a leftover of an upload stays");
            }
        }
    }
    Ok(())
}

fn open_bucket(bucket: &str, options: &S3Options) -> Result<Arc<dyn ObjectStore>, String> {
    let secret_text = |secret: &Secret| String::from_utf8_lossy(secret.as_bytes()).into_owned();
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(options.region.as_deref().unwrap_or("us-east-1"))
        .with_virtual_hosted_style_request(options.virtual_hosted)
        .with_http_connector(RustlsConnector)
        .with_retry(RetryConfig { max_retries: 3, retry_timeout: 2 * S3_PATIENCE, ..RetryConfig::default() });
    if let Some(endpoint) = &options.endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
    }
    match (&options.access_key_id, &options.secret_access_key) {
        (Some(id), Some(secret)) => {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret_text(secret));
        }
        (None, None) => {}
        _ => return Err("an access key needs both its id and its secret".to_owned()),
    }
    if let Some(token) = &options.session_token {
        builder = builder.with_token(secret_text(token));
    }
    builder.build().map(|store| Arc::new(store) as Arc<dyn ObjectStore>).map_err(|error| error.to_string())
}

/// HTTP with our one TLS provider; the store's own client would want one set for the whole process.
#[derive(Debug)]
struct RustlsConnector;

impl HttpConnector for RustlsConnector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let unusable = |source| object_store::Error::Generic { store: "S3", source };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(error.into()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(S3_PATIENCE)
            .read_timeout(S3_PATIENCE)
            .build()
            .map_err(|error| unusable(error.into()))?;
        Ok(HttpClient::new(client))
    }
}
