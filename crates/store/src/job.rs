//! One domain operation on its way to a database thread and back.

use std::any::Any;
use std::time::Instant;

use diesel::result::Error;
use tokio::sync::oneshot;

use super::{Aborted, Connection, StoreError, StoreFailure};

/// What a database thread sees of an operation: everything generic stays in its [`Work`], so that threads, and the way to them and
/// back, are compiled once.
pub(super) struct Job {
    work: Option<Box<dyn Work>>,
    writes: bool,
    deadline: Instant,
    reply: Option<oneshot::Sender<Reply>>,
}

/// Work that has been done, to be asked for its result by [`result`], or why there is none.
pub(super) type Reply = Result<Box<dyn Work>, Failure>;

/// A closure and, once it has run, its result.
pub(super) trait Work: Send {
    /// Runs the closure once and keeps what it gave.
    fn run(&mut self, connection: &mut Connection) -> Verdict;
    /// An `Option` of what the last run kept.
    fn kept(&mut self) -> &mut dyn Any;
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

impl<E> From<Failure> for StoreFailure<E> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unique => Self::UniqueViolation,
            Failure::Unavailable => Self::Unavailable,
            Failure::Internal => Self::Internal,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable => Self::Unavailable,
            StoreError::Internal => Self::Internal,
        }
    }
}

impl Job {
    pub(super) fn new(work: Box<dyn Work>, writes: bool, deadline: Instant) -> (Self, oneshot::Receiver<Reply>) {
        let (reply, answer) = oneshot::channel();
        (Self { work: Some(work), writes, deadline, reply: Some(reply) }, answer)
    }

    /// When the caller stops waiting.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether it runs in a transaction.
    pub(super) fn writes(&self) -> bool {
        self.writes
    }

    /// Whether anybody still waits for the answer.
    pub(super) fn is_awaited(&self) -> bool {
        self.reply.as_ref().is_some_and(|reply| !reply.is_closed())
    }

    /// Runs the closure once and keeps what it gave.
    pub(super) fn run(&mut self, connection: &mut Connection) -> Verdict {
        // Without work it has been delivered, and nobody waits for more.
        self.work.as_mut().map_or(Verdict::Refused, |work| work.run(connection))
    }

    /// Gives the caller what the last run kept.
    pub(super) fn deliver(&mut self) {
        if let Some(work) = self.work.take() {
            self.answer(Ok(work));
        }
    }

    /// Tells the caller that there is no result.
    pub(super) fn fail(&mut self, failure: Failure) {
        self.answer(Err(failure));
    }

    fn answer(&mut self, reply: Reply) {
        if let Some(caller) = self.reply.take() {
            // An error means that the caller hung up: nobody is left to tell.
            let _ = caller.send(reply);
        }
    }
}

struct Closure<T, E, F> {
    call: F,
    kept: Option<Result<T, E>>,
}

/// `call` as work.
pub(super) fn work<T, E, F>(call: F) -> Box<dyn Work>
where
    F: Fn(&mut Connection) -> Result<T, Aborted<E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    Box::new(Closure { call, kept: None })
}

/// What work kept that was made of a closure with these types.
pub(super) fn result<T: 'static, E: 'static>(reply: Reply) -> Result<T, StoreFailure<E>> {
    match reply?.kept().downcast_mut::<Option<Result<T, E>>>().and_then(Option::take) {
        Some(kept) => kept.map_err(StoreFailure::Refused),
        // Not reached: work is sent back when it has run, and asked by whoever made it.
        None => Err(StoreFailure::Internal),
    }
}

impl<T, E, F> Work for Closure<T, E, F>
where
    F: Fn(&mut Connection) -> Result<T, Aborted<E>> + Send,
    T: Send + 'static,
    E: Send + 'static,
{
    fn run(&mut self, connection: &mut Connection) -> Verdict {
        match (self.call)(connection) {
            Ok(value) => {
                self.kept = Some(Ok(value));
                Verdict::Kept
            }
            Err(Aborted::Refused(refusal)) => {
                self.kept = Some(Err(refusal));
                Verdict::Refused
            }
            Err(Aborted::Database(error)) => Verdict::Failed(error),
        }
    }

    fn kept(&mut self) -> &mut dyn Any {
        &mut self.kept
    }
}
