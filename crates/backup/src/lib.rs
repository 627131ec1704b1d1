//! Whole databases: into a file and back, and from one engine to another. It knows no table: the rooms describe theirs to the store.
//!
//! Everything here is one thing: rows in the order of their keys, from a [`source::RowSource`] (a database at one instant, or a file)
//! into a database, and compared with it.

mod archive;
mod backup;
mod compare;
mod copy;
mod error;
mod key;
mod restore;
pub mod source;

pub use archive::{Archive, Block, Totals};
pub use backup::{Backup, Pictures, write_backup};
pub use compare::{Difference, compare};
pub use copy::{Copied, Phase, Progress, copy, resume_or_begin};
pub use error::BackupError;
pub use key::BackupKey;
pub use restore::{check, restore, verify};
