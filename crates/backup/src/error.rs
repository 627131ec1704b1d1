//! Why a backup, a restore or a copy was not made.

use dragoman_store::StoreSetupError;
use dragoman_store::rows::RowsError;

/// One clear line for the operator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The file cannot be read or written.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// Not a backup at all.
    #[error("this is no backup of dragoman")]
    NoBackup,
    /// Written by a program that knows more.
    #[error(
        "this backup has version {0} of the format, and this program reads version 1: use the program that wrote it"
    )]
    Version(u16),
    /// Cut, flipped, or made to do harm.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// A key is needed.
    #[error("the backup is encrypted: give --key FILE, the key it was made with")]
    KeyNeeded,
    /// There is nothing to decrypt.
    #[error("the backup is not encrypted: leave --key away")]
    KeyUnneeded,
    /// The first block does not open.
    #[error("the key does not open this backup, or its beginning is damaged")]
    WrongKey,
    /// Not a key file.
    #[error("{0} is no backup key: 64 hex digits are expected")]
    NoKey(String),
    /// A table or column this program does not have, or the other way round.
    #[error("the backup does not fit this program: {0}")]
    Foreign(String),
    /// A row that no block can hold.
    #[error("a row of the table {0} is larger than 32 MiB: it cannot be backed up")]
    RowTooLarge(String),
    /// The target holds rows.
    #[error("{database} is not empty: its table {table} holds rows; give an empty database")]
    NotEmpty {
        /// Where.
        database: String,
        /// Which table.
        table: String,
    },
    /// An unfinished copy of something else.
    #[error(
        "a copy from {0} into this database was begun and not finished: finish that one, or give an empty database"
    )]
    OtherCopy(String),
    /// Somebody writes into what was said to be closed.
    #[error("the source changes all the time: stop its servers, or leave --offline away")]
    Restless,
    /// A database.
    #[error("{0}")]
    Rows(#[from] RowsError),
    /// A database that cannot even be tried.
    #[error("{0}")]
    Setup(#[from] StoreSetupError),
}

impl BackupError {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }
}
