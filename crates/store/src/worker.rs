//! A thread that owns one connection: serves jobs, replaces the connection when it is lost, waits for the database to come back.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::result::Error;

use super::commit_mark::{Fate, Marks};
use super::connection::{Connection, RoundTripEnded, set_deadline, set_host};
use super::error::{Trouble, loggable};
use super::job::{Failure, Job};
use super::lane_state::{LaneState, Order, Relief};
use super::limits::CONNECT_LIMIT;
use super::role::Role;
use super::target::Target;
use super::transaction::{Outcome, run_alone, run_in_transaction};
use crate::on;

/// A connection that has rested this long is asked whether it still lives (one-domain.md 5).
const IDLE_BEFORE_PING: Duration = Duration::from_secs(30);
/// How long a connection may take to say that it lives, after another one was found dead: most of a job's time must be left for a new one.
const DOUBT_LIMIT: Duration = Duration::from_secs(1);
/// How often a job is run again after a deadlock and the like, its deadline permitting.
const CONTENTION_RETRIES: u32 = 10;
const FIRST_BACK_OFF: Duration = Duration::from_millis(50);
const LAST_BACK_OFF: Duration = Duration::from_secs(1);

pub(super) struct Worker {
    role: Role,
    index: usize,
    lane: Arc<LaneState>,
    queue: flume::Receiver<Order>,
    relief: Vec<Relief>,
    target: Arc<Target>,
    connection: Option<Connection>,
    marks: Option<Marks>,
    /// The host it leads to.
    host: usize,
    used_at: Instant,
    /// The doubts there were when it answered last.
    doubts: usize,
    /// Failed attempts to connect since the last success.
    failures: u32,
    /// It had a connection before.
    was_connected: bool,
    /// Whether the last of them got an answer: then others may be on their way to what this thread was refused.
    was_refused: bool,
}

/// What to do with a job after one attempt.
enum Next {
    /// It has its answer.
    Answered,
    /// Run it again on the same connection after a pause.
    Retry,
    /// Run it again on a new connection.
    Reconnect,
    /// Find out whether it was committed.
    ClearUp,
}

impl Worker {
    pub(super) fn new(
        role: Role,
        index: usize,
        lane: Arc<LaneState>,
        queue: flume::Receiver<Order>,
        relief: Vec<Relief>,
        target: Arc<Target>,
    ) -> Self {
        Self {
            role,
            index,
            lane,
            queue,
            relief,
            target,
            connection: None,
            marks: None,
            host: 0,
            used_at: Instant::now(),
            doubts: 0,
            failures: 0,
            was_connected: false,
            was_refused: false,
        }
    }

    pub(super) fn name(&self) -> String {
        let role = if self.role == Role::Reader { "read" } else { "write" };
        format!("store-{role}-{}", self.index)
    }

    /// Serves until the store is closed or dropped.
    pub(super) fn serve_all(mut self) {
        loop {
            if self.failures > 0 {
                if self.lane.is_closing() || self.queue.is_disconnected() {
                    return;
                }
                thread::sleep(FIRST_BACK_OFF.saturating_mul(1 << self.failures.min(6)).min(LAST_BACK_OFF));
                if !self.connect() && self.lane.is_away() {
                    self.refuse_queued();
                }
                continue;
            }
            match self.queue.recv() {
                Ok(Some(job)) => {
                    self.lane.count_begun();
                    self.serve(job);
                    self.lane.count_done();
                }
                Ok(None) | Err(flume::RecvError::Disconnected) => break,
            }
        }
        self.discard();
    }

    fn serve(&mut self, mut job: Job) {
        let mut reconnected = false;
        let mut retries = 0;
        while job.is_awaited() && Instant::now() < job.deadline() {
            if !self.ensure_connected() {
                self.pass_on(job);
                if self.lane.is_away() {
                    self.refuse_queued();
                }
                return;
            }
            match self.attempt(&mut job, reconnected, retries) {
                Next::Answered => return,
                Next::Reconnect => reconnected = true,
                Next::ClearUp => match self.clear_up(&job) {
                    Some(Fate::Committed) => return job.deliver(),
                    Some(Fate::Undone) if retries < CONTENTION_RETRIES => retries += 1,
                    _ => break,
                },
                Next::Retry => {
                    self.pause(retries);
                    retries += 1;
                }
            }
        }
        self.fail(&mut job, Failure::Unavailable);
    }

    fn fail(&self, job: &mut Job, failure: Failure) {
        if failure != Failure::Unique {
            self.lane.count_error();
        }
        job.fail(failure);
    }

    /// Runs the job once. Whatever the closure does, the thread lives on and an untrustworthy connection does not.
    fn attempt(&mut self, job: &mut Job, reconnected: bool, retries: u32) -> Next {
        let Some(connection) = self.connection.as_mut() else {
            return Next::Reconnect;
        };
        set_deadline(Some(job.deadline()));
        let writes = job.writes();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if writes { run_in_transaction(job, connection, self.marks.as_mut()) } else { run_alone(job, connection) }
        }));
        self.used_at = Instant::now();
        match outcome {
            Ok(Outcome::Done) => {
                job.deliver();
                Next::Answered
            }
            Ok(Outcome::DoneButBroken) => {
                self.discard();
                job.deliver();
                Next::Answered
            }
            Ok(Outcome::NotBegun(error)) => self.judge(job, &error, true, reconnected, retries),
            Ok(Outcome::RolledBack(error)) => self.judge(job, &error, !writes, reconnected, retries),
            Ok(Outcome::Broken(error)) => {
                tracing::warn!(thread = self.name(), error = loggable(&error), "a transaction broke its connection");
                self.target.standing().doubt();
                self.discard();
                Next::ClearUp
            }
            Err(panic) if matches!(panic.downcast_ref(), Some(RoundTripEnded::HostLeft)) => {
                self.discard();
                if writes { Next::ClearUp } else { Next::Reconnect }
            }
            Err(panic) => {
                self.discard();
                self.fail(job, self.report_panic(&*panic));
                Next::Answered
            }
        }
    }

    /// What became of a write whose connection broke; `None`: its time is over, or nobody can tell.
    fn clear_up(&mut self, job: &Job) -> Option<Fate> {
        let mut tries = 0;
        while self.marks.is_some() && job.is_awaited() && Instant::now() < job.deadline() {
            if self.connection.is_some() || self.connect() {
                set_deadline(Some(job.deadline()));
                let (Some(marks), Some(connection)) = (self.marks.as_mut(), self.connection.as_mut()) else {
                    return None;
                };
                match catch_unwind(AssertUnwindSafe(|| marks.clear_up(connection))) {
                    Ok(Ok(Some(fate))) => {
                        tracing::info!(thread = self.name(), ?fate, "cleared up what became of a transaction");
                        return Some(fate);
                    }
                    Ok(Ok(None)) => {}
                    Ok(Err(error)) if Trouble::of(&error) == Trouble::Contention => {}
                    Ok(Err(error)) => {
                        tracing::warn!(
                            thread = self.name(),
                            error = loggable(&error),
                            "a transaction's end is not known yet"
                        );
                        self.discard();
                    }
                    Err(_) => self.discard(),
                }
            }
            self.pause(tries);
            tries += 1;
        }
        None
    }

    /// Decides what an error means; `repeatable`: nothing of the job can have been stored.
    fn judge(&mut self, job: &mut Job, error: &Error, repeatable: bool, reconnected: bool, retries: u32) -> Next {
        let trouble = Trouble::of(error);
        match trouble {
            Trouble::Unique => {
                job.fail(Failure::Unique);
                Next::Answered
            }
            Trouble::Contention if retries < CONTENTION_RETRIES => Next::Retry,
            Trouble::Contention => {
                tracing::warn!(thread = self.name(), error = loggable(error), "gave up after {retries} retries");
                self.fail(job, Failure::Unavailable);
                Next::Answered
            }
            Trouble::Closed => {
                tracing::warn!(
                    thread = self.name(),
                    "this database takes no more writes: it has been copied to another one"
                );
                job.fail(Failure::Unavailable);
                Next::Answered
            }
            Trouble::Lost => {
                self.target.standing().doubt();
                self.discard();
                if repeatable && !reconnected {
                    return Next::Reconnect;
                }
                tracing::warn!(thread = self.name(), error = loggable(error), "the database connection was lost");
                self.fail(job, Failure::Unavailable);
                Next::Answered
            }
            Trouble::Query | Trouble::Unknown => {
                tracing::error!(thread = self.name(), error = loggable(error), "a query failed");
                if trouble == Trouble::Unknown {
                    self.discard();
                }
                self.fail(job, Failure::Internal);
                Next::Answered
            }
        }
    }

    fn report_panic(&self, panic: &(dyn Any + Send)) -> Failure {
        if panic.is::<RoundTripEnded>() {
            self.target.standing().doubt();
            tracing::warn!(thread = self.name(), "the database did not answer in time");
            return Failure::Unavailable;
        }
        let text = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        tracing::error!(thread = self.name(), panic = text, "a store closure panicked");
        Failure::Internal
    }

    /// Another thread may have the connection that this one did not get.
    fn pass_on(&self, job: Job) {
        let left = self.relief.iter().try_fold(job, |job, relief| relief.take_over(job, self.was_refused));
        if let Some(mut job) = left {
            self.fail(&mut job, Failure::Unavailable);
        }
    }

    /// A connection that was usable a moment ago, or none.
    fn ensure_connected(&mut self) -> bool {
        if self.connection.is_some() && self.host != self.target.standing().preferred() {
            self.discard();
        }
        let doubts = self.target.standing().doubts();
        let patience = if self.target.has_many_hosts() { DOUBT_LIMIT } else { CONNECT_LIMIT };
        if self.connection.is_some() && self.doubts != doubts && !self.ping(patience) {
            self.discard();
        }
        if self.connection.is_some() && self.used_at.elapsed() > IDLE_BEFORE_PING && !self.ping(CONNECT_LIMIT) {
            self.discard();
        }
        self.doubts = doubts;
        self.connection.is_some() || self.connect()
    }

    fn ping(&mut self, limit: Duration) -> bool {
        let Some(connection) = self.connection.as_mut() else {
            return false;
        };
        self.used_at = Instant::now();
        set_deadline(Some(self.used_at + limit));
        catch_unwind(AssertUnwindSafe(|| on!(connection, c => c.batch_execute("SELECT 1"))))
            .is_ok_and(|answer| answer.is_ok())
    }

    fn connect(&mut self) -> bool {
        set_deadline(Some(Instant::now() + CONNECT_LIMIT));
        let is_first = self.failures == 0;
        if is_first {
            self.lane.count_connecting();
        }
        let began = Instant::now();
        let established = catch_unwind(AssertUnwindSafe(|| {
            let (host, mut connection) = self.target.establish(self.role)?;
            // The thread's marks outlive its connections: one of them may be what is in doubt.
            let marks = self.marks.take().or_else(|| Marks::new(&mut connection));
            Ok((host, connection, marks))
        }));
        self.was_refused = began.elapsed() < CONNECT_LIMIT / 2;
        let cause = match established {
            Ok(Ok((host, connection, marks))) => {
                self.connection = Some(connection);
                self.marks = marks;
                self.host = host;
                // Where there is no other host, one that is slow is waited for.
                if self.target.has_many_hosts() {
                    set_host(Some((Arc::clone(self.target.standing()), host)));
                }
                self.used_at = Instant::now();
                self.lane.count_connected();
                if std::mem::replace(&mut self.was_connected, true) {
                    self.lane.count_reconnected();
                }
                if is_first {
                    self.lane.count_attempted();
                }
                if self.failures > 0 {
                    tracing::info!(thread = self.name(), "the database is back");
                    self.lane.count_recovered();
                    self.failures = 0;
                }
                return true;
            }
            Ok(Err(cause)) => cause,
            Err(panic) if panic.is::<RoundTripEnded>() => "no answer in time".to_owned(),
            Err(_) => "the driver panicked".to_owned(),
        };
        if is_first {
            self.lane.count_failing();
            self.lane.count_attempted();
            tracing::warn!(thread = self.name(), cause, "cannot connect to the database");
        } else {
            tracing::debug!(thread = self.name(), cause, "still cannot connect to the database");
        }
        self.failures = self.failures.saturating_add(1);
        false
    }

    fn discard(&mut self) {
        if let Some(connection) = self.connection.take() {
            set_host(None);
            self.lane.count_disconnected();
            set_deadline(Some(Instant::now() + CONNECT_LIMIT));
            // diesel panics when SQLite refuses to close; the thread must outlive that too.
            if catch_unwind(AssertUnwindSafe(|| drop(connection))).is_err() {
                tracing::warn!(thread = self.name(), "a connection could not be closed");
            }
        }
    }

    /// The whole queue learns at once that the database is away, instead of one job an attempt.
    fn refuse_queued(&self) {
        while let Ok(Some(job)) = self.queue.try_recv() {
            self.pass_on(job);
        }
    }

    /// Longer at each retry and different in each thread, so that two deadlocked jobs do not meet again.
    fn pause(&self, retries: u32) {
        let thread = u64::try_from(self.index).unwrap_or(0);
        let longest = 1_u64 << retries.min(6);
        thread::sleep(Duration::from_millis(longest + thread * 3 % (longest + 4)));
    }
}
