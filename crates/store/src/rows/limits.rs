//! How much is held in memory at once.

/// Rows of one batch at most.
pub(super) const BATCH_ROWS: usize = 2_000;
/// A batch ends with the row that reaches this.
pub(super) const BATCH_BYTES: usize = 2 * 1024 * 1024;
