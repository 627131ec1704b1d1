//! Where a body ends.

use super::chunks::{BadChunk, Chunks};

/// How the end of a body is known, and how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes more.
    Length(u64),
    Chunked(Chunks),
    /// Whatever comes until the connection ends.
    ToTheEnd,
}

impl Framing {
    pub const NOTHING: Self = Self::Length(0);

    pub fn is_over(&self) -> bool {
        match self {
            Self::Length(left) => *left == 0,
            Self::Chunked(chunks) => chunks.are_over(),
            Self::ToTheEnd => false,
        }
    }

    /// How many of these bytes belong to the body; what follows is the next message.
    pub fn take(&mut self, bytes: &[u8]) -> Result<usize, BadChunk> {
        match self {
            Self::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                Ok(taken)
            }
            Self::Chunked(chunks) => chunks.take(bytes),
            Self::ToTheEnd => Ok(bytes.len()),
        }
    }
}
