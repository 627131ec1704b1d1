//! What bytes can be that are not yet, or will never be, a head.

use thiserror::Error;

use crate::Framing;

/// What the bytes received so far are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<H> {
    /// The beginning of a head.
    Incomplete,
    /// A whole one.
    Head {
        /// Its lines.
        head: H,
        /// So many bytes long as it stands.
        length: usize,
        /// How the end of its body is known.
        body: Framing,
    },
    /// Nothing that follows can mend it.
    Bad(BadHead),
}

/// Why bytes are no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadHead {
    /// No HTTP, or HTTP that can be read in two ways.
    #[error("no head that can be read in one way only")]
    Malformed,
    /// More bytes or lines than anybody takes.
    #[error("a head of too many bytes or lines")]
    TooLarge,
}

impl BadHead {
    pub(crate) fn of(error: httparse::Error) -> Self {
        if error == httparse::Error::TooManyHeaders { Self::TooLarge } else { Self::Malformed }
    }
}
