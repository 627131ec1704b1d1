//! One domain operation on its way to a database thread and back.

use std::time::Instant;

use diesel::result::Error;
use tokio::sync::oneshot;

use super::{Aborted, Connection, StoreFailure};

/// What a database thread sees of an operation: everything generic stays in [`Task`], so that threads are compiled once.
pub(super) trait Job: Send {
    /// When the caller stops waiting.
    fn deadline(&self) -> Instant;
    /// Whether it runs in a transaction.
    fn writes(&self) -> bool;
    /// Whether anybody still waits for the answer.
    fn is_awaited(&self) -> bool;
    /// Runs the closure once and keeps what it gave.
    fn run(&mut self, connection: &mut Connection) -> Verdict;
    /// Gives the caller what the last run kept.
    fn deliver(&mut self);
    /// Tells the caller that there is no result.
    fn fail(&mut self, failure: Failure);
}

/// What a closure wants done with its transaction.
pub(super) enum Verdict {
    /// Commit.
    Kept,
    /// Roll back; the refusal is the answer.
    Refused,
    /// Roll back; the error decides what comes next.
    Failed(Error),
}

/// The failures that are not the closure's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    Unique,
    Unavailable,
    Internal,
}

/// A closure, its caller and, between a run and the end of its transaction, its result.
pub(super) struct Task<T, E, F> {
    work: F,
    writes: bool,
    deadline: Instant,
    kept: Option<Result<T, StoreFailure<E>>>,
    reply: Option<oneshot::Sender<Result<T, StoreFailure<E>>>>,
}

impl<T, E, F> Task<T, E, F> {
    pub(super) fn new(
        work: F,
        writes: bool,
        deadline: Instant,
    ) -> (Self, oneshot::Receiver<Result<T, StoreFailure<E>>>) {
        let (reply, answer) = oneshot::channel();
        (Self { work, writes, deadline, kept: None, reply: Some(reply) }, answer)
    }

    fn answer(&mut self, result: Result<T, StoreFailure<E>>) {
        if let Some(reply) = self.reply.take() {
            // An error means that the caller hung up: nobody is left to tell.
            let _ = reply.send(result);
        }
    }
}

impl<T, E, F> Job for Task<T, E, F>
where
    F: Fn(&mut Connection) -> Result<T, Aborted<E>> + Send,
    T: Send,
    E: Send,
{
    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn writes(&self) -> bool {
        self.writes
    }

    fn is_awaited(&self) -> bool {
        self.reply.as_ref().is_some_and(|reply| !reply.is_closed())
    }

    fn run(&mut self, connection: &mut Connection) -> Verdict {
        match (self.work)(connection) {
            Ok(value) => {
                self.kept = Some(Ok(value));
                Verdict::Kept
            }
            Err(Aborted::Refused(refusal)) => {
                self.kept = Some(Err(StoreFailure::Refused(refusal)));
                Verdict::Refused
            }
            Err(Aborted::Database(error)) => Verdict::Failed(error),
        }
    }

    fn deliver(&mut self) {
        if let Some(result) = self.kept.take() {
            self.answer(result);
        }
    }

    fn fail(&mut self, failure: Failure) {
        self.answer(Err(match failure {
            Failure::Unique => StoreFailure::UniqueViolation,
            Failure::Unavailable => StoreFailure::Unavailable,
            Failure::Internal => StoreFailure::Internal,
        }));
    }
}
