//! One connection of any of the three engines, and the macro that lets a query be written once.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::SqliteConnection;
use diesel_async::async_connection_wrapper::{AsyncConnectionWrapper, BlockOn};
use diesel_async::{AsyncMysqlConnection, AsyncPgConnection};
use tokio::runtime::Handle;
use tokio::time::timeout_at;

use super::narrowed::Narrowed;
use super::standing::Standing;

/// Diesel's blocking API over tokio-postgres.
pub type PostgresConnection = AsyncConnectionWrapper<AsyncPgConnection, StoreRuntime>;
/// Diesel's blocking API over mysql_async.
pub type MysqlConnection = AsyncConnectionWrapper<AsyncMysqlConnection, StoreRuntime>;

/// What a query runs on. Use [`on!`] to write the query once for all three.
#[expect(
    clippy::large_enum_variant,
    reason = "a database thread owns one for hours and never moves it on the way of a request"
)]
pub enum Connection {
    /// The bundled engine, called in process.
    Sqlite(Narrowed<SqliteConnection>),
    /// PostgreSQL or an engine that speaks its wire protocol.
    Postgres(Narrowed<PostgresConnection>),
    /// MySQL or MariaDB.
    Mysql(Narrowed<MysqlConnection>),
}

/// `on!(connection, c => query)` compiles `query` once for each engine, with `c` bound to the concrete connection.
///
/// Look a row up by a unique key with `get_result`, not `first`: SQLite compiles a statement with a bound LIMIT anew at each run (its
/// planner looks at the value), which made a joined one-row read cost 11 us instead of 2.5.
#[macro_export]
macro_rules! on {
    ($connection:expr, $concrete:ident => $query:expr) => {
        match $connection {
            $crate::Connection::Sqlite($concrete) => $query,
            $crate::Connection::Postgres($concrete) => $query,
            $crate::Connection::Mysql($concrete) => $query,
        }
    };
}

/// Drives the two socket drivers from a database thread; their sockets are polled by the store's own runtime, so that neither a busy
/// nor an ended actix worker can delay or kill a connection (one-domain.md 5, "Runtime").
pub struct StoreRuntime(Handle);

/// What [`StoreRuntime`] unwinds with when it gives a round trip up: neither driver has a time limit of its own, and `BlockOn` has no
/// other way out. The database thread catches it and discards the connection.
pub enum RoundTripEnded {
    /// It outlived its deadline.
    TimedOut,
    /// It waited for a host that the other threads have left meanwhile: its answer may never come, or be of the past.
    HostLeft,
}

/// How long a round trip waits before it looks whether the others have gone elsewhere, and between two such looks.
const GLANCE: Duration = Duration::from_millis(500);
/// After so many of them the others are told to ask before they rely on their connections: one of them may find the way out.
const GLANCES_BEFORE_DOUBT: u32 = 2;

thread_local! {
    /// Which host this database thread's connection leads to.
    static HOST: RefCell<Option<(Arc<Standing>, usize)>> = const { RefCell::new(None) };
    /// Until when the job this database thread serves may wait for the server; `BlockOn` takes no argument that could carry it.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Bounds every round trip that this thread makes from now on; `None` waits without end (migrations).
pub fn set_deadline(deadline: Option<Instant>) {
    DEADLINE.set(deadline);
}

/// Tells which host this thread's connection leads to; `None`: it has none.
pub fn set_host(host: Option<(Arc<Standing>, usize)>) {
    HOST.set(host);
}

fn host_was_left() -> bool {
    HOST.with_borrow(|host| host.as_ref().is_some_and(|(standing, host)| standing.preferred() != *host))
}

fn doubt_host() {
    HOST.with_borrow(|host| {
        if let Some((standing, _)) = host {
            standing.doubt();
        }
    });
}

impl BlockOn for StoreRuntime {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        // One type for all that give the same: the runtime has three loops, and into each a whole driver would be compiled.
        let mut future: Pin<&mut dyn Future<Output = F::Output>> = pin!(future);
        let Some(deadline) = DEADLINE.get() else {
            return self.0.block_on(future);
        };
        let limited = async {
            for glances in 1.. {
                let until = deadline.min(Instant::now() + GLANCE);
                if let Ok(output) = timeout_at(until.into(), future.as_mut()).await {
                    return Ok(output);
                }
                if Instant::now() >= deadline {
                    return Err(RoundTripEnded::TimedOut);
                }
                if host_was_left() {
                    return Err(RoundTripEnded::HostLeft);
                }
                if glances == GLANCES_BEFORE_DOUBT {
                    doubt_host();
                }
            }
            Err(RoundTripEnded::TimedOut)
        };
        match self.0.block_on(limited) {
            Ok(output) => output,
            // resume_unwind runs no panic hook: this is an outcome, not a defect.
            Err(ended) => resume_unwind(Box::new(ended)),
        }
    }

    /// The runtime that the calling thread has entered: each database thread enters the store's before anything else.
    fn get_runtime() -> Self {
        Self(Handle::current())
    }
}
