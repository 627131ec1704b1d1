//! Where in its source a row is.

/// Where in its source a row is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// Bytes from the start of the (unpacked) file; 0 where there is no file.
    pub offset: u64,
    /// The row of its table, counted from 1; of the neutral source its line, the heading counted.
    pub row: u64,
}
