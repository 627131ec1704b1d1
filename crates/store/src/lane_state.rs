//! What passes between a lane and its threads: orders, and how each of them fares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::job::Job;

/// A job, or `None`: one thread of the lane shall end.
pub(super) type Order = Option<Job>;

/// What the threads of a lane know of each other.
#[derive(Default)]
pub(super) struct LaneState {
    connected: AtomicUsize,
    connecting: AtomicUsize,
    failing: AtomicUsize,
    closing: AtomicBool,
    running: AtomicUsize,
    errors: AtomicU64,
    reconnects: AtomicU64,
}

impl LaneState {
    /// No thread has a connection and at least one has just failed to get one: waiting would be in vain.
    pub(super) fn is_away(&self) -> bool {
        self.failing.load(Ordering::Relaxed) > 0 && self.connected.load(Ordering::Relaxed) == 0
    }

    pub(super) fn connected(&self) -> usize {
        self.connected.load(Ordering::Relaxed)
    }

    pub(super) fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }

    pub(super) fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    pub(super) fn reconnects(&self) -> u64 {
        self.reconnects.load(Ordering::Relaxed)
    }

    pub(super) fn count_begun(&self) {
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_done(&self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
    }

    /// A job ended without a result, and the closure's own refusal was not why.
    pub(super) fn count_error(&self) {
        self.errors.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_reconnected(&self) {
        self.reconnects.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether some thread has a connection, or may be about to have one.
    fn is_served(&self, or_soon: bool) -> bool {
        let soon = if or_soon { self.connecting.load(Ordering::Relaxed) } else { 0 };
        self.connected.load(Ordering::Relaxed) + soon > 0
    }

    /// A thread begins its first attempt to connect.
    pub(super) fn count_connecting(&self) {
        self.connecting.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_attempted(&self) {
        self.connecting.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Whether it was not closing before.
    pub(super) fn begin_closing(&self) -> bool {
        !self.closing.swap(true, Ordering::Relaxed)
    }

    pub(super) fn count_connected(&self) {
        self.connected.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_disconnected(&self) {
        self.connected.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn count_failing(&self) {
        self.failing.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_recovered(&self) {
        self.failing.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Where a job that a thread cannot serve is taken over: a database may grant fewer connections than there are threads.
#[derive(Clone)]
pub(super) struct Relief {
    /// Weak: threads must not keep each other's queues open.
    orders: flume::WeakSender<Order>,
    state: Arc<LaneState>,
}

impl Relief {
    pub(super) fn new(orders: &flume::Sender<Order>, state: &Arc<LaneState>) -> Self {
        Self { orders: orders.downgrade(), state: Arc::clone(state) }
    }

    /// Gives the job back if no thread there has a connection (`or_soon`: or tries for the first time to get one), or the queue is full.
    pub(super) fn take_over(&self, job: Job, or_soon: bool) -> Option<Job> {
        if !self.state.is_served(or_soon) || self.state.is_closing() {
            return Some(job);
        }
        match self.orders.upgrade() {
            None => Some(job),
            Some(orders) => orders.try_send(Some(job)).err().and_then(flume::TrySendError::into_inner),
        }
    }
}
