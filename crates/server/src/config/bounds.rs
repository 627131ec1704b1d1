//! How large a setting may be. A number beyond its bound is never meant, and some libraries panic at it.

/// An hour in seconds.
pub(super) const HOUR: u64 = 60 * 60;
/// A day in seconds.
pub(super) const DAY: u64 = 24 * HOUR;
/// Ten years in seconds.
pub(super) const DECADE: u64 = 3_652 * DAY;
/// Most threads of one kind.
pub(super) const THREADS: usize = 1_024;
/// Most pieces of work that wait in one queue.
pub(super) const QUEUE: usize = 1_000_000;
