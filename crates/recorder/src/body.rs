//! A body as it passes by: kept up to a bound, counted beyond it.

/// Longer bodies pass through and are not kept, in bytes.
pub(crate) const LONGEST: usize = 1024 * 1024;

#[derive(Debug, Default)]
pub(crate) struct PassingBody {
    kept: Vec<u8>,
    passed: u64,
}

impl PassingBody {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.passed += bytes.len() as u64;
        if self.is_cut() {
            // What is not whole is of no use: the memory goes back.
            self.kept = Vec::new();
        } else {
            self.kept.extend_from_slice(bytes);
        }
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.passed > LONGEST as u64
    }

    /// The body, or how long it was.
    pub(crate) fn into_whole(self) -> Result<Vec<u8>, u64> {
        if self.is_cut() { Err(self.passed) } else { Ok(self.kept) }
    }
}
