//! A bounded queue and the threads that serve it: one lane for reads, one for writes.

use std::convert::Infallible;
use std::sync::Arc;
use std::thread;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::StoreError;
use super::config::StoreConfig;
use super::job::Job;
use super::lane_report::LaneReport;
use super::lane_state::{LaneState, Order, Relief};
use super::role::Role;
use super::setup_error::StoreSetupError;
use super::target::Target;
use super::url::Backend;
use super::worker::Worker;

pub(super) struct Lane {
    role: Role,
    orders: flume::Sender<Order>,
    queue: flume::Receiver<Order>,
    state: Arc<LaneState>,
    threads: usize,
}

impl Lane {
    pub(super) fn new(role: Role, config: &StoreConfig) -> Self {
        let threads = match (role, config.url.backend()) {
            (Role::Writer, Backend::Sqlite) => 1,
            (Role::Writer, _) => config.writers.max(1),
            _ => config.readers.max(1),
        };
        let (orders, queue) = flume::bounded(config.queue.max(1));
        Self { role, orders, queue, state: Arc::default(), threads }
    }

    /// Where others may pass a job on to.
    pub(super) fn relief(&self) -> Relief {
        Relief::new(&self.orders, &self.state)
    }

    /// Starts the threads. What one of them cannot serve goes to its own lane's others, then to `relief`.
    pub(super) fn start(
        &self,
        relief: Option<Relief>,
        target: &Arc<Target>,
        runtime: &Arc<Runtime>,
        alive: &mpsc::Sender<Infallible>,
    ) -> Result<(), StoreSetupError> {
        let relief: Vec<Relief> = [self.relief()].into_iter().chain(relief).collect();
        for index in 0..self.threads {
            let (state, queue) = (Arc::clone(&self.state), self.queue.clone());
            let worker = Worker::new(self.role, index, state, queue, relief.clone(), Arc::clone(target));
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
        Ok(())
    }

    /// No thread has a connection, and one has just failed to get one.
    pub(super) fn is_away(&self) -> bool {
        self.state.is_away()
    }

    /// Queues a job; at once "unavailable" if the database is away, the queue full or the store closed.
    pub(super) fn submit(&self, job: Job) -> Result<(), StoreError> {
        if !self.state.is_away() && !self.state.is_closing() && self.orders.try_send(Some(job)).is_ok() {
            return Ok(());
        }
        self.state.count_error();
        Err(StoreError::Unavailable)
    }

    /// How it fares.
    pub(super) fn report(&self) -> LaneReport {
        LaneReport {
            waiting: self.queue.len(),
            running: self.state.running(),
            connections: self.state.connected(),
            threads: self.threads,
            errors: self.state.errors(),
            reconnects: self.state.reconnects(),
        }
    }

    /// Asks every thread to end after the jobs queued so far.
    pub(super) async fn close(&self) {
        if self.state.begin_closing() {
            for _ in 0..self.threads {
                if self.orders.send_async(None).await.is_err() {
                    return;
                }
            }
        }
    }
}
