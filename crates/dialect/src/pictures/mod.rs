//! Uploaded pictures in one place for all replicas: a folder, or storage that speaks S3.

mod facts;
mod inspection;
mod location;
mod range;
mod serving;
mod stand_ins;
mod store;
mod upload;

pub use facts::Facts;
pub use inspection::{INSPECTED_BYTES, Inspected, NotAPicture, PictureFormat, PictureHead, inspect};
pub use location::S3Options;
pub use serving::{Serving, respond};
pub use stand_ins::{ADMIN, StandIn};
pub use store::{PictureStore, Stored};
pub use upload::Upload;

/// Why a picture could not be kept or fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// A name or scope is 1 to 80 of `A`-`Z`, `a`-`z`, `0`-`9`, `_`, `-`, `.`, without a leading dot and `..`.
    #[error("not a name for a picture")]
    Name,
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
