//! Where a store's URL points.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dragoman_accounts::clock::{Clock, SystemClock};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use rustix::fs::Access;

use super::PictureSetupError;
use super::bucket::S3Options;

/// Bytes an upload holds before it writes them to a file.
const FILE_PART: usize = 256 * 1024;
/// The smallest part S3 takes.
const S3_PART: usize = 5 * 1024 * 1024;
/// An upload that has not ended after a day never will: its process died.
const LEFTOVER_AGE: Duration = Duration::from_secs(24 * 3600);

/// A storage ready for use.
pub(super) struct Opened {
    pub(super) objects: Arc<dyn ObjectStore>,
    pub(super) prefix: Path,
    pub(super) part_bytes: usize,
    /// Where it is, if that is on this machine.
    pub(super) disk: Option<PathBuf>,
}

/// Where a URL points.
enum Place<'u> {
    Folder(&'u FilePath),
    Bucket { name: &'u str, prefix: Path },
}

impl<'u> Place<'u> {
    fn of(url: &'u str) -> Result<Self, PictureSetupError> {
        if let Some(folder) = url.strip_prefix("file://").filter(|folder| !folder.is_empty()) {
            return Ok(Self::Folder(FilePath::new(folder)));
        }
        let Some(rest) = url.strip_prefix("s3://") else {
            // A URL of another kind may hold a password.
            let scheme = url.split_once("://").map_or("a text without one", |(scheme, _)| scheme);
            return Err(PictureSetupError(format!(
                "pictures are kept in file://FOLDER or s3://BUCKET/PREFIX, not in a URL of scheme {scheme:?}"
            )));
        };
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.contains('@') {
            return Err(PictureSetupError(
                "the URL of a picture bucket has no user and password: they are settings of their own".to_owned(),
            ));
        }
        let prefix = Path::parse(prefix).map_err(|error| unusable(name, &error.to_string()))?;
        Ok(Self::Bucket { name, prefix })
    }
}

fn unusable(bucket: &str, reason: &str) -> PictureSetupError {
    PictureSetupError(format!("picture bucket {bucket:?}: {reason}"))
}

fn no_folder(folder: &FilePath, reason: &std::io::Error) -> PictureSetupError {
    PictureSetupError(format!("picture folder {}: {reason}", folder.display()))
}

pub(super) fn open(url: &str, s3: &S3Options) -> Result<Opened, PictureSetupError> {
    match Place::of(url)? {
        Place::Folder(folder) => {
            let objects = open_folder(folder)
                .map_err(|reason| PictureSetupError(format!("picture folder {}: {reason}", folder.display())))?;
            Ok(Opened {
                objects: Arc::new(objects),
                prefix: Path::default(),
                part_bytes: FILE_PART,
                disk: Some(folder.to_owned()),
            })
        }
        Place::Bucket { name, prefix } => {
            let objects = s3.open(name).map_err(|reason| unusable(name, &reason))?;
            Ok(Opened { objects, prefix, part_bytes: S3_PART, disk: None })
        }
    }
}

/// Says what [`open`] would refuse, without making or asking anything.
pub fn check(url: &str, s3: &S3Options) -> Result<(), PictureSetupError> {
    match Place::of(url)? {
        Place::Folder(folder) => check_folder(folder).map_err(|reason| no_folder(folder, &reason)),
        Place::Bucket { name, .. } => s3.check(name).map_err(|reason| unusable(name, &reason)),
    }
}

/// The folder, or the first above it that is there, can be written to by this user.
fn check_folder(folder: &FilePath) -> std::io::Result<()> {
    let folder = std::path::absolute(folder)?;
    for above in folder.ancestors() {
        match std::fs::metadata(above) {
            Ok(facts) if !facts.is_dir() => return Err(std::io::ErrorKind::NotADirectory.into()),
            Ok(_) => return Ok(rustix::fs::access(above, Access::WRITE_OK | Access::EXEC_OK)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
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
