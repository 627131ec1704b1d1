//! What an operator is told of a lane.

/// How the threads of one kind fare, and what waits for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneReport {
    /// Jobs in the queue.
    pub waiting: usize,
    /// Jobs that a thread is at.
    pub running: usize,
    /// Threads that have a connection.
    pub connections: usize,
    /// Threads there are.
    pub threads: usize,
    /// Jobs that ended without a result since the start: the database was away, or a query failed.
    pub errors: u64,
    /// Connections that took the place of a lost one since the start.
    pub reconnects: u64,
}

/// The two lanes of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreReport {
    /// Those that only read.
    pub readers: LaneReport,
    /// Those that write.
    pub writers: LaneReport,
}
