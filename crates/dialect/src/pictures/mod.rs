//! Uploaded pictures in one place for all replicas: a folder, or storage that speaks S3.

mod admission;
mod bucket;
mod facts;
mod guard;
mod inspection;
mod limits;
mod location;
mod range;
mod s3_http;
mod serving;
mod stand_ins;
mod store;
mod upload;

pub use bucket::S3Options;
pub use facts::Facts;
pub use inspection::{INSPECTED_BYTES, Inspected, NotAPicture, PictureFormat, PictureHead, inspect};
pub use limits::PictureLimits;
pub use location::check;
pub use serving::{Serving, respond};
pub use stand_ins::{ADMIN, StandIn};
pub use store::{Listed, PictureStore, Stored, is_name};
pub use upload::Upload;

/// Why a picture could not be kept or fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// A name or scope is 1 to 80 of `A`-`Z`, `a`-`z`, `0`-`9`, `_`, `-`, `.`, without a leading dot and `..`.
    #[error("not a name for a picture")]
    Name,
    /// The disk is down to its reserve.
    #[error("the picture storage is full")]
    Full,
    /// The storage failed; the cause is in the log.
    #[error("the picture storage failed")]
    Storage,
}

/// Why a store could not be opened: a sentence for the operator, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PictureSetupError(String);

/// Logs what a storage failure really was.
fn failed(doing: &str, cause: &object_store::Error) -> PictureError {
    tracing::error!(%cause, "picture storage failed while {doing}");
    PictureError::Storage
}

#[cfg(test)]
mod tests;
