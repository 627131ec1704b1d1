//! Blocks as they stand in the file.

/// How a file begins.
pub(super) const MAGIC: &[u8; 8] = b"DRAGOBAK";
pub(super) const VERSION: u16 = 1;
pub(super) const ENCRYPTED: u8 = 1;
pub(super) const SALT: usize = 32;
/// Magic, version, flags, salt.
pub(super) const HEAD: usize = 8 + 2 + 1 + SALT;
/// Bytes of a block's payload at most; what claims more is damaged.
pub(super) const MOST: usize = 32 * 1024 * 1024;
/// A block of rows is closed at this size.
pub(super) const ENOUGH: usize = 1024 * 1024;
pub(super) const CHAIN: usize = 32;

/// What a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Description = 1,
    Rows = 2,
    Picture = 3,
    End = 4,
}

impl Kind {
    pub(super) fn of(byte: u8) -> Option<Self> {
        [Self::Description, Self::Rows, Self::Picture, Self::End].into_iter().find(|kind| *kind as u8 == byte)
    }
}
