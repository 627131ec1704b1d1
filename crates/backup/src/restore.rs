//! A backup file into an empty database: all of it or nothing.

use std::io::Read;

use dragoman_store::rows::{Row, Rows, Table};

use crate::compare::{Difference, compare};
use crate::source::RowSource;
use crate::{Archive, BackupError, Block, Totals};

/// Reads a backup to its end and proves that it is whole and that its rows fit, without any database.
pub fn check<R: Read>(archive: &mut Archive<R>) -> Result<Totals, BackupError> {
    let tables = archive.tables();
    let mut last: Option<(usize, Row)> = None;
    while let Some(block) = archive.next_block()? {
        match block {
            Block::Rows { table: place, rows } => {
                let table = tables.get(place).ok_or_else(|| BackupError::damaged("rows of no table"))?;
                for row in rows {
                    let in_order = last.as_ref().is_none_or(|(before, last)| {
                        *before < place || (*before == place && table.key_of(last) < table.key_of(&row))
                    });
                    if !in_order {
                        return Err(BackupError::damaged(format!("rows of {} are not in their order", table.name)));
                    }
                    last = Some((place, row));
                }
            }
            Block::Picture { .. } => {}
            Block::End(totals) => return Ok(totals),
        }
    }
    Err(BackupError::damaged("it ends before its end"))
}

/// Writes all rows into an empty database whose schema is this program's, in one transaction. Check the backup first.
pub async fn restore<R: Read>(
    archive: &mut Archive<R>,
    rows: &Rows,
    progress: &mut dyn FnMut(u64),
) -> Result<u64, BackupError> {
    if let Some(table) = rows.filled_table().await? {
        return Err(BackupError::NotEmpty { database: rows.shown().to_owned(), table: table.name.to_owned() });
    }
    let mut writer = rows.writer().await?;
    writer.begin().await?;
    for table in rows.tables().iter().filter(|table| table.seeded) {
        writer.empty(table).await?;
    }
    let mut written = 0;
    for table in archive.tables() {
        archive.open(&table).await?;
        loop {
            let batch = archive.batch().await?;
            if batch.is_empty() {
                break;
            }
            writer.insert(&table, &batch).await?;
            written += batch.len() as u64;
            progress(written);
        }
    }
    // Rows behind the last table would not have been read: the end must be next.
    read_to_end(archive)?;
    for table in rows.tables() {
        writer.number_on(table).await?;
    }
    writer.commit().await?;
    Ok(written)
}

fn read_to_end<R: Read>(archive: &mut Archive<R>) -> Result<(), BackupError> {
    while let Some(block) = archive.next_block()? {
        if matches!(block, Block::Rows { .. }) {
            return Err(BackupError::damaged("its tables are not in their order"));
        }
    }
    Ok(())
}

/// Compares every row of a backup with the database; gives their number.
pub async fn verify<R: Read>(
    archive: &mut Archive<R>,
    rows: &Rows,
    tell: &mut dyn FnMut(&Table, &Difference),
) -> Result<u64, BackupError> {
    let mut snapshot = rows.snapshot().await?;
    let tables = archive.tables();
    let compared = compare(&tables, archive, &mut snapshot, tell).await?;
    snapshot.end().await;
    read_to_end(archive)?;
    Ok(compared)
}
