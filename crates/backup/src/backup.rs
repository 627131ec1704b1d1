//! A database into a backup file.

use std::io::Write;

use dragoman_store::rows::Rows;

use crate::archive::{ArchiveWriter, Description};
use crate::{BackupError, BackupKey, Totals};

/// How a backup is made.
pub struct Backup<'a> {
    /// The program that makes it.
    pub program: &'a str,
    /// When, in milliseconds.
    pub made_at: i64,
    /// What it is encrypted with.
    pub key: Option<&'a BackupKey>,
    /// Random bytes that make this file's key another than every other file's.
    pub salt: [u8; 32],
}

/// Pictures that go into a backup, one by one.
pub trait Pictures {
    /// The next picture's name and bytes; why there is none, in words.
    fn next(&mut self) -> impl Future<Output = Result<Option<(String, Vec<u8>)>, String>>;
}

/// No pictures.
impl Pictures for () {
    async fn next(&mut self) -> Result<Option<(String, Vec<u8>)>, String> {
        Ok(None)
    }
}

/// Writes everything that the database holds at this instant; those who use it go on.
pub async fn write_backup<W: Write>(
    rows: &Rows,
    out: W,
    how: &Backup<'_>,
    pictures: &mut impl Pictures,
) -> Result<(W, Totals), BackupError> {
    let description = Description::of(rows.tables(), how.program, how.made_at);
    let mut snapshot = rows.snapshot().await?;
    let mut writer = ArchiveWriter::new(out, &description, how.key, how.salt)?;
    for table in rows.tables() {
        writer.table()?;
        snapshot.open_table(table).await?;
        loop {
            let batch = snapshot.batch().await?;
            if batch.is_empty() {
                break;
            }
            writer.rows(table.name, &batch)?;
        }
    }
    snapshot.end().await;
    while let Some((name, bytes)) = pictures.next().await.map_err(std::io::Error::other)? {
        writer.picture(&name, &bytes)?;
    }
    writer.finish()
}
