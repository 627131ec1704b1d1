//! What the threads of one replica tell each other about the hosts of their database.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Where the replica works, and how often somebody has found a connection dead.
#[derive(Default)]
pub(super) struct Standing {
    preferred: AtomicUsize,
    doubts: AtomicUsize,
}

impl Standing {
    /// The host that gave a connection last, by its place in the URL: every connection should lead there.
    pub(super) fn preferred(&self) -> usize {
        self.preferred.load(Ordering::Relaxed)
    }

    pub(super) fn prefer(&self, host: usize) {
        self.preferred.store(host, Ordering::Relaxed);
    }

    /// A connection was lost or got no answer in time: those of the others may be as dead, which only a question shows.
    pub(super) fn doubt(&self) {
        self.doubts.fetch_add(1, Ordering::Relaxed);
    }

    /// How often that happened.
    pub(super) fn doubts(&self) -> usize {
        self.doubts.load(Ordering::Relaxed)
    }
}
