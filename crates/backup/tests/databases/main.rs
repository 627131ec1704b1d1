//! Whole databases with the account domain's tables, from every engine at hand to every other.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod copying;
mod damage;
mod filled;
mod restoring;
