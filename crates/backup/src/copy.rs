//! One database into another, whatever their engines, while the first one serves.
//!
//! There is one step, a *pass*: it makes the target like the source by comparing both row by row. The first pass copies everything
//! while the source serves; then the source takes no more writes, and passes are made until one of them finds nothing to do. That last
//! one is the proof that all rows are equal. A copy that was killed begins with a pass again, which finds most of its work done.

use dragoman_store::rows::{Row, Rows, Snapshot, Table, Writer, row_size};

use crate::BackupError;
use crate::compare::{Difference, Merge};

/// Rows are committed when so many bytes of them are written.
const COMMIT_BYTES: usize = 16 * 1024 * 1024;
/// Rows of one statement together have at most about this size.
const WRITE_BYTES: usize = 1024 * 1024;
/// Passes over a source that takes no writes: the first catches up, the second finds nothing.
const PASSES: usize = 4;

/// What a copy is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The source serves.
    Copying,
    /// The source takes no more writes.
    CatchingUp,
    /// A pass over a source that takes no writes, after one that found something.
    Verifying,
}

/// How far it is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// What is being done.
    pub phase: Phase,
    /// The table.
    pub table: &'a str,
    /// Rows of the source seen in this phase.
    pub rows: u64,
}

/// What a copy did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Rows of the source.
    pub rows: u64,
    /// Rows written into the target.
    pub written: u64,
    /// Rows deleted from the target, because the source had changed them or had them no more.
    pub deleted: u64,
}

/// Looks whether rows may be copied into `target`: it is empty, or a copy of the same source was begun. `true`: it must still be marked.
pub async fn resume_or_begin(source: &Rows, target: &Rows) -> Result<bool, BackupError> {
    match target.unfinished().await? {
        // Empty: the mark was made, and the process ended before it said what for.
        Some(begun) if begun == source.shown() || begun.is_empty() => Ok(false),
        Some(begun) => Err(BackupError::OtherCopy(begun)),
        None => match target.filled_table().await? {
            Some(table) => {
                Err(BackupError::NotEmpty { database: target.shown().to_owned(), table: table.name.to_owned() })
            }
            None => Ok(true),
        },
    }
}

/// Copies everything into a target that [`resume_or_begin`] has looked at, and leaves the source closed for writes.
///
/// `closes`: `false` if nothing is served from the source. If it fails after the source was closed, the source is opened again.
pub async fn copy(
    source: &Rows,
    target: &Rows,
    closes: bool,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Copied, BackupError> {
    target.begin(source.shown()).await?;
    if !closes {
        return finish(source, target, Phase::Copying, Copied::default(), progress).await;
    }
    let copied = pass(source, target, Phase::Copying, progress).await?;
    source.close().await?;
    let finished = finish(source, target, Phase::CatchingUp, copied, progress).await;
    if finished.is_err() {
        source.reopen().await?;
    }
    finished
}

/// Passes until one of them finds nothing.
async fn finish(
    source: &Rows,
    target: &Rows,
    first: Phase,
    before: Copied,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Copied, BackupError> {
    let mut all = before;
    for number in 0..PASSES {
        let phase = if number == 0 { first } else { Phase::Verifying };
        let done = pass(source, target, phase, progress).await?;
        all = Copied { rows: done.rows, written: all.written + done.written, deleted: all.deleted + done.deleted };
        if done.written + done.deleted == 0 {
            let mut writer = target.writer().await?;
            for table in target.tables() {
                writer.number_on(table).await?;
            }
            target.finish().await?;
            return Ok(all);
        }
    }
    Err(BackupError::Restless)
}

/// Makes the target like the source is at this instant.
async fn pass(
    source: &Rows,
    target: &Rows,
    phase: Phase,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Copied, BackupError> {
    let mut from = source.snapshot().await?;
    let mut writer = target.writer().await?;
    let mut done = Copied::default();
    for table in source.tables() {
        let mut tell = |rows| progress(Progress { phase, table: table.name, rows });
        let before = done.rows;
        let is_new = writer.is_empty(table).await?;
        if is_new || take_away(&mut from, target, &mut writer, table, &mut done).await? {
            done.rows = before;
            add(&mut from, target, &mut writer, table, &mut done, &mut tell).await?;
        }
        tell(done.rows);
    }
    from.end().await;
    Ok(done)
}

/// Deletes what the source does not have, or has otherwise: first of all, because a value that must be unique may have moved from one row
/// to another. `true`: there are rows to add.
async fn take_away(
    from: &mut Snapshot,
    target: &Rows,
    writer: &mut Writer,
    table: &Table,
    done: &mut Copied,
) -> Result<bool, BackupError> {
    let mut to = target.snapshot().await?;
    let mut merge = Merge::open(table, from, &mut to).await?;
    let (mut keys, mut is_missing): (Vec<Row>, bool) = (Vec::new(), false);
    writer.begin().await?;
    while let Some(difference) = merge.next().await? {
        match difference {
            Difference::Missing(_) => is_missing = true,
            Difference::Extra(row) => keys.push(table.key_of(&row).to_vec()),
            Difference::Changed { to, .. } => {
                is_missing = true;
                keys.push(table.key_of(&to).to_vec());
            }
        }
        if keys.len() >= 1_000 {
            done.deleted += keys.len() as u64;
            writer.delete(table, &std::mem::take(&mut keys)).await?;
        }
    }
    done.rows += merge.seen;
    done.deleted += keys.len() as u64;
    to.end().await;
    writer.delete(table, &keys).await?;
    writer.commit().await?;
    Ok(is_missing)
}

/// Adds what the target does not have.
async fn add(
    from: &mut Snapshot,
    target: &Rows,
    writer: &mut Writer,
    table: &Table,
    done: &mut Copied,
    tell: &mut dyn FnMut(u64),
) -> Result<(), BackupError> {
    let mut to = target.snapshot().await?;
    let before = done.rows;
    let mut merge = Merge::open(table, from, &mut to).await?;
    let (mut rows, mut size, mut uncommitted): (Vec<Row>, usize, usize) = (Vec::new(), 0, 0);
    writer.begin().await?;
    while let Some(difference) = merge.next().await? {
        let Difference::Missing(row) = difference else { continue };
        size += row_size(&row);
        rows.push(row);
        if size < WRITE_BYTES && rows.len() < 2_000 {
            continue;
        }
        done.written += rows.len() as u64;
        writer.insert(table, &std::mem::take(&mut rows)).await?;
        uncommitted += std::mem::take(&mut size);
        if uncommitted >= COMMIT_BYTES {
            writer.commit().await?;
            writer.begin().await?;
            uncommitted = 0;
        }
        tell(before + merge.seen);
    }
    done.rows = before + merge.seen;
    done.written += rows.len() as u64;
    to.end().await;
    writer.insert(table, &rows).await?;
    Ok(writer.commit().await?)
}
