//! What is known of a picture.

/// What is known of a picture without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Bytes of the whole picture.
    pub size: u64,
    /// When it was stored, in seconds of the Unix epoch.
    pub modified: i64,
}
