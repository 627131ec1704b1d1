//! Threads that do nothing but hash, so that a storm of logins neither blocks nor slows the request threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, io, thread};

use tokio::sync::oneshot;

use super::queue::{Caller, FairQueue, Limits, Running, Standing};

/// The queue is full, or the job could not be finished: try again later. Never means "wrong password" (one-domain P9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be hashed")]
pub struct Busy;

/// A bounded, fair queue of hashing jobs and the threads that work it off. Its threads end when it is dropped.
pub struct HashingPool {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
    threads: usize,
    longest_wait: Duration,
}

struct State {
    queue: FairQueue<Box<dyn Job>>,
    is_closed: bool,
}

/// How long a registration that finds no room waits for its answer: refusals as fast as they are asked for would take the
/// cores that the hashes need.
const REFUSED_NEWCOMER: Duration = Duration::from_millis(500);

/// How long a job of somebody who waits for an answer may wait for its turn: clients have given up by then, and who comes last while
/// others keep coming would wait for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

trait Job: Send {
    /// Whether nobody waits for the result any more.
    fn is_abandoned(&self) -> bool;
    fn run(self: Box<Self>);
}

struct Task<T, F> {
    job: F,
    has_begun: Arc<AtomicBool>,
    reply: oneshot::Sender<T>,
}

impl<T: Send, F: FnOnce() -> T + Send> Job for Task<T, F> {
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(self: Box<Self>) {
        let Self { job, has_begun, reply } = *self;
        has_begun.store(true, Ordering::SeqCst);
        match catch_unwind(AssertUnwindSafe(job)) {
            // A caller that hung up meanwhile does not want it.
            Ok(result) => drop(reply.send(result)),
            Err(_) => tracing::error!("a password hashing job panicked"),
        }
    }
}

impl HashingPool {
    /// Starts `threads` threads (0: one a core) with room for `capacity` waiting jobs (at least 1). Fails if the system
    /// gives no thread.
    pub fn start(threads: usize, capacity: usize) -> io::Result<Self> {
        Self::start_with(threads, capacity, LONGEST_WAIT)
    }

    fn start_with(threads: usize, capacity: usize, longest_wait: Duration) -> io::Result<Self> {
        let threads = match threads {
            0 => thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let limits = Limits::new(capacity, threads);
        let state = Mutex::new(State { queue: FairQueue::new(limits), is_closed: false });
        let shared =
            Arc::new(Shared { state, changed: Condvar::new(), capacity: limits.capacity, threads, longest_wait });
        // Made first, so that the threads already started end if a later one fails to.
        let pool = Self { shared };
        for number in 0..threads {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new().name(format!("hashing-{number}")).spawn(move || shared.work())?;
        }
        Ok(pool)
    }

    /// The result of `job`, run when the turn of `caller` comes; [`Busy`] if there is no room for it, at once but for a
    /// registration, if it had to give way to a more urgent one, or if its turn has not come within 30 s (work in the background waits
    /// for ever). A job whose caller drops this future before its turn is not run.
    pub async fn run<T, F>(&self, caller: &Caller, job: F) -> Result<T, Busy>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (reply, mut result) = oneshot::channel();
        let has_begun = Arc::new(AtomicBool::new(false));
        let queued = self.shared.push(caller, Box::new(Task { job, has_begun: Arc::clone(&has_begun), reply }));
        if queued.is_err() && caller.standing == Standing::Newcomer {
            tokio::time::sleep(REFUSED_NEWCOMER).await;
        }
        queued?;
        if caller.standing != Standing::Background {
            match tokio::time::timeout(self.shared.longest_wait, &mut result).await {
                Ok(answer) => return answer.map_err(|_| Busy),
                Err(_) if !has_begun.load(Ordering::SeqCst) => return Err(Busy),
                Err(_) => {}
            }
        }
        result.await.map_err(|_| Busy)
    }

    /// How many jobs run at once.
    pub fn threads(&self) -> usize {
        self.shared.threads
    }

    /// How many jobs may wait.
    pub fn capacity(&self) -> usize {
        self.shared.capacity
    }

    /// How many jobs a thread is at.
    pub fn running(&self) -> usize {
        self.shared.lock().queue.running()
    }

    /// How many jobs wait for a thread.
    pub fn waiting(&self) -> usize {
        self.shared.lock().queue.waiting()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, caller: &Caller, job: Box<dyn Job>) -> Result<(), Busy> {
        let mut state = self.lock();
        // Those who hung up must not keep others out.
        state.queue.retain(|job| !job.is_abandoned());
        let evicted = state.queue.push(caller, job).map_err(|_| Busy)?;
        drop(state);
        // Its caller is told by the reply that goes with it.
        drop(evicted);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for a job that may run; `None` when the pool closes.
    fn next(&self) -> Option<(Box<dyn Job>, Running)> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(next) = state.queue.pop() {
                return Some(next);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn work(&self) {
        lower_priority();
        while let Some((job, running)) = self.next() {
            if !job.is_abandoned() {
                job.run();
            }
            self.lock().queue.finish(running);
            // What was held back because this one ran may be what another thread waits for.
            self.changed.notify_one();
        }
    }
}

/// A tenth of a request worker's weight: a storm of logins does not slow the readers, and busy readers, or another process
/// on the machine, do not starve the logins.
const NICER: i32 = 10;
/// What no thread goes below.
const NICEST: i32 = 19;

/// On Linux a priority belongs to a thread; elsewhere this would slow the whole process.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    {
        let lower = |own: i32| rustix::process::setpriority_process(None, lowered(own));
        if let Err(error) = rustix::process::getpriority_process(None).and_then(lower) {
            tracing::debug!(%error, "hashing threads keep their priority");
        }
    }
}

/// Counted from that of the process, which may have been started with `nice`.
fn lowered(own: i32) -> i32 {
    own.saturating_add(NICER).min(NICEST)
}

impl Drop for HashingPool {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_closed = true;
        state.queue.retain(|_| false);
        self.shared.changed.notify_all();
    }
}

impl fmt::Debug for HashingPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HashingPool").field("capacity", &self.shared.capacity).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc;
    use std::time::Instant;

    fn caller() -> Caller {
        Caller::new(Standing::Ordinary, Some("192.0.2.1"))
    }

    /// Keeps the only thread of `pool` busy until the returned sender is dropped.
    async fn occupy(pool: &Arc<HashingPool>) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), Busy>>) {
        let (release, released) = mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let busy = Arc::clone(pool);
        let running = tokio::spawn(async move {
            let job = move || {
                started.send(()).unwrap();
                let _ = released.recv();
            };
            busy.run(&caller(), job).await
        });
        has_started.await.unwrap();
        (release, running)
    }

    async fn until(condition: impl Fn() -> bool) {
        let start = Instant::now();
        while !condition() {
            assert!(start.elapsed() < Duration::from_secs(10), "waited in vain");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    #[tokio::test]
    async fn jobs_run_on_the_pool_and_give_their_result() {
        let pool = HashingPool::start(0, 4).unwrap();
        let name = pool.run(&caller(), || thread::current().name().map(str::to_owned)).await.unwrap().unwrap();
        assert!(name.starts_with("hashing-"), "{name}");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn only_the_pool_has_the_lowest_priority() {
        let own = rustix::process::getpriority_process(None).unwrap();
        let pool = HashingPool::start(1, 4).unwrap();
        let priority = pool.run(&caller(), || rustix::process::getpriority_process(None).unwrap()).await.unwrap();
        assert_eq!(priority, lowered(own));
        assert_eq!(rustix::process::getpriority_process(None).unwrap(), own);
        assert_eq!((lowered(0), lowered(5), lowered(19)), (10, 15, 19));
    }

    #[tokio::test]
    async fn past_the_bound_a_caller_is_told_at_once_and_later_may_come_again() {
        let pool = Arc::new(HashingPool::start(1, 3).unwrap());
        let (release, running) = occupy(&pool).await;
        let waiting: Vec<_> = (0..2)
            .map(|number| {
                let pool = Arc::clone(&pool);
                tokio::spawn(async move { pool.run(&caller(), move || number).await })
            })
            .collect();
        until(|| pool.waiting() == 2).await;
        assert_eq!(pool.run(&caller(), || 9).await, Err(Busy));
        drop(release);
        assert_eq!(running.await.unwrap(), Ok(()));
        for (number, caller) in waiting.into_iter().enumerate() {
            assert_eq!(caller.await.unwrap(), Ok(number));
        }
        assert_eq!(pool.run(&caller(), || 9).await, Ok(9));
    }

    #[tokio::test]
    async fn a_caller_that_hangs_up_is_skipped_and_keeps_nobody_out() {
        let pool = Arc::new(HashingPool::start(1, 1).unwrap());
        let (release, _running) = occupy(&pool).await;
        let runs = Arc::new(AtomicUsize::new(0));
        let (counted, queued) = (Arc::clone(&runs), Arc::clone(&pool));
        let first =
            tokio::spawn(async move { queued.run(&caller(), move || counted.fetch_add(1, Ordering::SeqCst)).await });
        until(|| pool.waiting() == 1).await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        let other = Arc::clone(&pool);
        let second = tokio::spawn(async move { other.run(&caller(), || "second").await });
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(release);
        assert_eq!(second.await.unwrap(), Ok("second"));
        assert_eq!(runs.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn whose_turn_does_not_come_is_told_and_what_has_begun_or_can_wait_is_waited_for() {
        let pool = Arc::new(HashingPool::start_with(1, 4, Duration::from_millis(50)).unwrap());
        let (release, running) = occupy(&pool).await;
        let background = Arc::clone(&pool);
        let background =
            tokio::spawn(
                async move { background.run(&Caller::new(Standing::Background, None), || "background").await },
            );
        until(|| pool.waiting() == 1).await;
        let newcomer = Caller::new(Standing::Newcomer, Some("203.0.113.9"));
        assert_eq!(pool.run(&newcomer, || ()).await, Err(Busy));
        assert!(!running.is_finished(), "the occupant has waited longer");
        drop(release);
        assert_eq!(running.await.unwrap(), Ok(()));
        assert_eq!(background.await.unwrap(), Ok("background"));
    }

    #[tokio::test]
    async fn a_crowd_of_newcomers_from_one_network_keeps_no_login_from_another_waiting() {
        let pool = Arc::new(HashingPool::start(2, 64).unwrap());
        let hash = || thread::sleep(Duration::from_millis(20));
        let crowd: Vec<_> = (0..150)
            .map(|_| {
                let pool = Arc::clone(&pool);
                tokio::spawn(async move { pool.run(&Caller::new(Standing::Newcomer, Some("203.0.113.9")), hash).await })
            })
            .collect();
        until(|| pool.waiting() > 4).await;
        for _ in 0..5 {
            let start = Instant::now();
            pool.run(&caller(), hash).await.unwrap();
            assert!(start.elapsed() < Duration::from_millis(200), "{:?}", start.elapsed());
        }
        let mut results = Vec::new();
        for newcomer in crowd {
            results.push(newcomer.await.unwrap());
        }
        let made = results.iter().filter(|result| result.is_ok()).count();
        assert!((8..=20).contains(&made), "{made}");
    }

    #[tokio::test]
    async fn a_panicking_job_leaves_the_pool_alive() {
        let pool = HashingPool::start(1, 4).unwrap();
        for _ in 0..3 {
            assert_eq!(pool.run(&caller(), || panic!("on purpose")).await, Err::<(), _>(Busy));
        }
        assert_eq!(pool.run(&caller(), || 1).await, Ok(1));
    }

    #[tokio::test]
    async fn the_threads_end_with_the_pool() {
        let pool = HashingPool::start(3, 4).unwrap();
        pool.run(&caller(), || ()).await.unwrap();
        let shared = Arc::downgrade(&pool.shared);
        drop(pool);
        until(|| shared.strong_count() == 0).await;
    }
}
