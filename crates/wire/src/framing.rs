//! Where a body ends.

use crate::chunks::{BadChunk, Chunks};

/// How the end of a body is known, and how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes more.
    Length(u64),
    /// In chunks, the last of them empty.
    Chunked(Chunks),
    /// Whatever comes until the connection ends.
    ToTheEnd,
}

impl Framing {
    /// No body.
    pub const NOTHING: Self = Self::Length(0);

    /// Whether all of it has been taken.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Length(left) => *left == 0,
            Self::Chunked(chunks) => chunks.are_over(),
            Self::ToTheEnd => false,
        }
    }

    /// Whether header fields stood behind the last chunk.
    pub fn has_trailers(&self) -> bool {
        match self {
            Self::Chunked(chunks) => chunks.have_trailers(),
            Self::Length(_) | Self::ToTheEnd => false,
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

    /// The same, with each piece of what the body says given to `content`: what is between chunks is left out.
    pub fn take_content(&mut self, bytes: &[u8], content: impl FnMut(&[u8])) -> Result<usize, BadChunk> {
        self.take_parts(bytes, content, |_| ())
    }

    /// The same, with the lines of trailers given to `trailers`, byte by byte.
    pub fn take_parts(
        &mut self,
        bytes: &[u8],
        mut content: impl FnMut(&[u8]),
        trailers: impl FnMut(u8),
    ) -> Result<usize, BadChunk> {
        match self {
            Self::Chunked(chunks) => chunks.take_parts(bytes, content, trailers),
            Self::Length(_) | Self::ToTheEnd => {
                let taken = self.take(bytes)?;
                content(bytes.get(..taken).unwrap_or_default());
                Ok(taken)
            }
        }
    }
}
