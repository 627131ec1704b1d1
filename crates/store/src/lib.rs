//! The engine room: threads that own connections to SQLite, PostgreSQL or MySQL/MariaDB. It knows no table.
//!
//! A room that has tables hands them over as [`Tables`]. Nobody keeps a connection. A caller gives [`Store::read`] or [`Store::write`] one closure = one domain
//! operation = one hop to a database thread, and waits for its answer with a deadline.

mod bulk_insert;
mod claim;
mod commit_mark;
mod config;
mod connection;
mod error;
mod job;
mod lane;
mod lane_report;
mod lane_state;
mod limits;
mod migration_lock;
mod migrations;
mod mysql;
mod narrowed;
mod postgres;
mod role;
pub mod rows;
mod server_facts;
mod setup_error;
mod sqlite;
mod standing;
mod tables;
mod target;
mod tls;
mod transaction;
mod url;
mod ways;
mod worker;

#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "throwaway"))]
pub mod throwaway;

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Instant;

use diesel::QueryResult;
use diesel::connection::SimpleConnection;
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, mpsc};

pub use self::bulk_insert::{expect_many_rows, insert_rows};
pub use self::claim::{Claim, ClaimError, Holder};
pub use self::config::StoreConfig;
pub use self::connection::Connection;
pub use self::error::{Aborted, StoreError, StoreFailure};
pub use self::lane_report::{LaneReport, StoreReport};
pub use self::migrations::MigrateError;
pub use self::server_facts::ServerFacts;
pub use self::setup_error::StoreSetupError;
pub use self::tables::Tables;
pub use self::url::{Backend, DatabaseUrl, DatabaseUrlError};

use self::job::{Failure, Job, Reply, Work};
use self::lane::Lane;
use self::role::Role;
use self::target::Target;

/// The one way to the database: a cloneable handle to the threads that own the connections.
///
/// Opening it connects to nothing; while the database is away every request is answered [`StoreError::Unavailable`] at once, and the
/// first connection that succeeds ends that.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    readers: Lane,
    writers: Lane,
    target: Arc<Target>,
    config: StoreConfig,
    tables: Vec<&'static Tables>,
    /// Weak: only the database threads keep the runtime, because dropping it on an actix worker would panic.
    runtime: Weak<Runtime>,
    /// Ends when the last database thread has ended.
    ended: Mutex<mpsc::Receiver<Infallible>>,
}

impl Store {
    /// Starts the database threads for a database that holds `tables`. Blocking only for reading certificate files; connects to nothing.
    pub fn open(config: &StoreConfig, tables: &[&'static Tables]) -> Result<Self, StoreSetupError> {
        let runtime = Arc::new(
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("store-sockets")
                .enable_all()
                .build()
                .map_err(StoreSetupError::Runtime)?,
        );
        let target = Arc::new(Target::new(&config.url, config.wait)?);
        let (alive, ended) = mpsc::channel(1);
        let (readers, writers) = (Lane::new(Role::Reader, config), Lane::new(Role::Writer, config));
        let relief = |lane: &Lane| target.is_server().then(|| lane.relief());
        readers.start(relief(&writers), &target, &runtime, &alive)?;
        writers.start(relief(&readers), &target, &runtime, &alive)?;
        let shared = Shared {
            readers,
            writers,
            target,
            config: config.clone(),
            tables: tables.to_vec(),
            runtime: Arc::downgrade(&runtime),
            ended: Mutex::new(ended),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Runs `query` on a reader's connection. It may run twice: a lost connection is replaced once.
    pub fn read<T, F>(&self, query: F) -> impl Future<Output = Result<T, StoreError>> + Send
    where
        F: Fn(&mut Connection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let work = move |connection: &mut Connection| query(connection).map_err(Aborted::<Infallible>::Database);
        self.read_as(job::work(work))
    }

    /// Runs `work` in one transaction: committed if it gives `Ok`, else rolled back.
    ///
    /// It is run again after a deadlock or a serialization failure, so ids, tokens and the time are made outside. Do not catch a
    /// database error inside and go on: PostgreSQL has aborted the transaction by then.
    pub fn write<T, E, F>(&self, work: F) -> impl Future<Output = Result<T, StoreFailure<E>>> + Send
    where
        F: Fn(&mut Connection) -> Result<T, Aborted<E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.write_as(job::work(work))
    }

    /// Does the database answer? For health checks.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(|connection| on!(connection, c => c.batch_execute("SELECT 1"))).await
    }

    /// Whether a write can be committed now, in every table there is: a full disk, a standby, a locked table or a cluster without
    /// quorum let everybody in and answer `SELECT 1`.
    pub async fn prove_writable(&self) -> Result<(), StoreError> {
        let tables = Arc::new(self.shared.tables.clone());
        let prove = || {
            let tables = Arc::clone(&tables);
            self.write(move |connection| {
                let mut proofs = tables.iter().map(|tables| tables.prove_writable);
                proofs.try_for_each(|prove| prove(connection)).map_err(Aborted::<Infallible>::Database)
            })
        };
        match prove().await {
            // Two replicas that made the same row for the first time: now it is there.
            Err(StoreFailure::UniqueViolation) => prove().await.map_err(unrefused),
            outcome => outcome.map_err(unrefused),
        }
    }

    /// How its threads fare, for metrics.
    pub fn report(&self) -> StoreReport {
        StoreReport { readers: self.shared.readers.report(), writers: self.shared.writers.report() }
    }

    /// What the database server says of itself; `None` where the engine is in this process.
    pub async fn server_facts(&self) -> Result<Option<ServerFacts>, StoreError> {
        self.read(server_facts::ask).await
    }

    /// Which engine this store speaks to.
    pub fn backend(&self) -> Backend {
        self.shared.config.url.backend()
    }

    /// Brings the schema up to what this program means and gives the names of the migrations it ran (none if it was up to date).
    pub async fn migrate(&self) -> Result<Vec<String>, MigrateError> {
        let runtime = self.shared.runtime.upgrade().ok_or(MigrateError::Closed)?;
        migrations::migrate(Arc::clone(&self.shared.target), self.shared.tables.clone(), runtime).await
    }

    /// Deletes every row of every table. For the testing interface only.
    pub async fn empty_all(&self) -> Result<(), StoreError> {
        let tables = self.shared.tables.clone();
        let work = move |connection: &mut Connection| {
            tables.iter().try_for_each(|tables| (tables.empty)(connection)).map_err(Aborted::<Infallible>::Database)
        };
        self.write(work).await.map_err(unrefused)
    }

    /// Lets the queued work finish and closes every connection; what is asked of any clone afterwards is unavailable.
    pub async fn close(&self) {
        self.shared.readers.close().await;
        self.shared.writers.close().await;
        while self.shared.ended.lock().await.recv().await.is_some() {}
    }

    /// One future for all queries that give the same: of each closure only the closure itself is compiled.
    async fn read_as<T: Send + 'static>(&self, work: Box<dyn Work>) -> Result<T, StoreError> {
        job::result(self.submit(Role::Reader, work).await).map_err(unrefused)
    }

    async fn write_as<T, E>(&self, work: Box<dyn Work>) -> Result<T, StoreFailure<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        job::result(self.submit(Role::Writer, work).await)
    }

    async fn submit(&self, role: Role, work: Box<dyn Work>) -> Reply {
        let deadline = Instant::now() + self.shared.config.wait;
        let Shared { readers, writers, target, .. } = &*self.shared;
        let (lane, other) = if role == Role::Writer { (writers, readers) } else { (readers, writers) };
        let (job, answer) = Job::new(work, role == Role::Writer, deadline);
        if lane.is_away() && target.is_server() {
            if other.relief().take_over(job, false).is_some() {
                return Err(Failure::Unavailable);
            }
        } else {
            lane.submit(job)?;
        }
        match tokio::time::timeout_at(deadline.into(), answer).await {
            Ok(Ok(result)) => result,
            // The thread dropped the job, or the time is over: the queue still holds it, and it is skipped when its turn comes.
            Ok(Err(_)) | Err(_) => Err(Failure::Unavailable),
        }
    }
}

/// The failure of work that has no rule to refuse by.
fn unrefused(failure: StoreFailure<Infallible>) -> StoreError {
    match failure {
        StoreFailure::Refused(never) => match never {},
        StoreFailure::Unavailable => StoreError::Unavailable,
        StoreFailure::UniqueViolation | StoreFailure::Internal => StoreError::Internal,
    }
}
