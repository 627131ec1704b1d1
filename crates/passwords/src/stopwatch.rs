use std::time::Duration;

/// Measures how long this thread has computed since: what others did meanwhile does not count where the system tells them
/// apart.
pub(super) struct Stopwatch {
    #[cfg(unix)]
    start: Duration,
    #[cfg(not(unix))]
    start: std::time::Instant,
}

#[cfg(unix)]
impl Stopwatch {
    pub fn start() -> Self {
        Self { start: computed() }
    }

    pub fn elapsed(&self) -> Duration {
        computed().saturating_sub(self.start)
    }
}

#[cfg(unix)]
fn computed() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or_default());
    seconds + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(not(unix))]
impl Stopwatch {
    pub fn start() -> Self {
        Self { start: std::time::Instant::now() }
    }

    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}
