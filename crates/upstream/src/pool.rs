//! Connections that wait for the next question.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tokio::time::Instant;

use crate::connection::Connection;

/// How long one may wait; most old servers hang up later than this.
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// For questions that must not be asked twice: before the old server can have thought of hanging up.
const SHORT_WAIT: Duration = Duration::from_secs(1);
const MOST: usize = 64;

/// A connection belongs to the runtime that opened it: no other would hear of its bytes in time.
struct Idle {
    connection: Connection,
    runtime: Id,
    since: Instant,
}

#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Idle>>);

impl Pool {
    /// One that is quiet and open, the latest first.
    pub async fn take(&self, is_idempotent: bool) -> Option<Connection> {
        let (runtime, now) = (Handle::current().id(), Instant::now());
        let longest = if is_idempotent { LONGEST_WAIT } else { SHORT_WAIT };
        loop {
            let mut connection = {
                let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let place = idle.iter().rposition(|idle| idle.runtime == runtime)?;
                let found = idle.remove(place);
                if now.duration_since(found.since) > longest {
                    // The others have waited longer still.
                    idle.retain(|idle| idle.runtime != runtime || now.duration_since(idle.since) <= LONGEST_WAIT);
                    return None;
                }
                found.connection
            };
            if connection.is_quiet().await {
                return Some(connection);
            }
        }
    }

    pub fn give(&self, connection: Connection) {
        if !connection.buffer.is_empty() {
            return;
        }
        let fresh = Idle { connection, runtime: Handle::current().id(), since: Instant::now() };
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= MOST {
            idle.retain(|idle| idle.since.elapsed() <= LONGEST_WAIT);
        }
        if idle.len() < MOST {
            idle.push(fresh);
        }
    }
}
