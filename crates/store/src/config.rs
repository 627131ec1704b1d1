//! What a store is told when it is opened.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use super::url::{Backend, DatabaseUrl};

/// Where the database is and how hard it may be used by this process.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Where the database is.
    pub url: DatabaseUrl,
    /// Threads that read, each with a connection of its own.
    pub readers: usize,
    /// Threads that write, each with a connection of its own. Always one on SQLite.
    pub writers: usize,
    /// How many jobs may wait for a reader, and as many for a writer; one more is answered "unavailable" at once.
    pub queue: usize,
    /// How long one operation may take, its time in the queue included.
    pub wait: Duration,
}

impl StoreConfig {
    /// The defaults for `url`: on SQLite a reader a core and at most 4, on a server 8 readers and 4 writers; 1,024 jobs; 5 seconds.
    pub fn new(url: DatabaseUrl) -> Self {
        let (readers, writers) = match url.backend() {
            Backend::Sqlite => (available_parallelism().map_or(2, NonZeroUsize::get).min(4), 1),
            // A thread waits for the network most of its time, so cores are no measure here.
            Backend::Postgres | Backend::Mysql => (8, 4),
        };
        Self { url, readers, writers, queue: 1024, wait: Duration::from_secs(5) }
    }
}
