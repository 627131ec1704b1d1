//! A bounded queue and the threads that serve it: one lane for reads, one for writes.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::StoreError;
use super::config::{StoreConfig, StoreSetupError};
use super::job::Job;
use super::target::Target;
use super::url::Backend;
use super::worker::Worker;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Reader,
    Writer,
    /// Changes the schema: as long as it takes, with no limits on statements.
    Migrator,
}

/// A job, or `None`: one thread of the lane shall end.
pub(super) type Order = Option<Box<dyn Job>>;

pub(super) struct Lane {
    orders: flume::Sender<Order>,
    state: Arc<LaneState>,
    threads: usize,
}

/// What the threads of a lane know of each other.
#[derive(Default)]
pub(super) struct LaneState {
    connected: AtomicUsize,
    failing: AtomicUsize,
    closing: AtomicBool,
}

impl LaneState {
    /// No thread has a connection and at least one has just failed to get one: waiting would be in vain.
    pub(super) fn is_away(&self) -> bool {
        self.failing.load(Ordering::Relaxed) > 0 && self.connected.load(Ordering::Relaxed) == 0
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
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

impl Lane {
    pub(super) fn start(
        role: Role,
        config: &StoreConfig,
        target: &Arc<Target>,
        runtime: &Arc<Runtime>,
        alive: &mpsc::Sender<Infallible>,
    ) -> Result<Self, StoreSetupError> {
        let threads = match (role, config.url.backend()) {
            (Role::Writer, Backend::Sqlite) => 1,
            (Role::Writer, _) => config.writers.max(1),
            _ => config.readers.max(1),
        };
        let (orders, queue) = flume::bounded(config.queue.max(1));
        let state = Arc::new(LaneState::default());
        for index in 0..threads {
            let worker = Worker::new(role, index, Arc::clone(&state), queue.clone(), Arc::clone(target));
            let (runtime, alive) = (Arc::clone(runtime), alive.clone());
            thread::Builder::new()
                .name(worker.name())
                .spawn(move || {
                    {
                        let _entered = runtime.enter();
                        worker.serve_all();
                    }
                    // The runtime goes before the sign of life: who waits for the end of all threads finds nothing running.
                    drop(runtime);
                    drop(alive);
                })
                .map_err(StoreSetupError::Runtime)?;
        }
        Ok(Self { orders, state, threads })
    }

    /// Queues a job; at once "unavailable" if the database is away, the queue full or the store closed.
    pub(super) fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        if self.state.is_away() || self.state.is_closing() {
            return Err(StoreError::Unavailable);
        }
        self.orders.try_send(Some(job)).map_err(|_| StoreError::Unavailable)
    }

    /// Asks every thread to end after the jobs queued so far.
    pub(super) async fn close(&self) {
        if !self.state.closing.swap(true, Ordering::Relaxed) {
            for _ in 0..self.threads {
                if self.orders.send_async(None).await.is_err() {
                    return;
                }
            }
        }
    }
}
