//! The backup file, version 1. docs/operating.md ("The file") says the same in words.
//!
//! ```text
//! file  = "DRAGOBAK" version:u16 flags:u8 salt:[32] block* end
//! block = kind:u8 length:u32 body:[length] chain:[32]
//! chain = SHA-256(chain before it, kind, length, body); the first one before is SHA-256(head)
//! body  = raw length:u32 deflated payload, or that sealed with ChaCha20-Poly1305
//! ```
//!
//! Numbers are big-endian. The blocks are a description of the tables, rows of one table after the other in the order of their keys,
//! pieces of pictures, and an end with totals, so that a file that was cut anywhere is known to be.

mod block;
mod description;
mod encoding;
mod reader;
mod seal;
mod writer;

pub(crate) use description::Description;
pub use reader::{Archive, Block};
pub(crate) use writer::ArchiveWriter;

use serde::{Deserialize, Serialize};

/// What a backup holds, told at its end.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Rows of each table, in the order of the description.
    pub rows: Vec<u64>,
    /// Pictures.
    pub pictures: u64,
}
