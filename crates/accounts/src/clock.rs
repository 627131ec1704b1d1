//! Time as the account domain sees it: passed in, so that tests and fixtures can set it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An instant in milliseconds since the Unix epoch, as it is stored. Arithmetic saturates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `millis` milliseconds after the Unix epoch (before it when negative).
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The instant `seconds` seconds after the Unix epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded towards the past.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The instant `span` later.
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(span)))
    }

    /// Clocks of replicas may be a little apart. What is dated later than this from here was dated before the clock was set back, and
    /// is over: neither a lockout nor a session outlives its time because somebody moved the clock.
    pub fn latest_present(self) -> Self {
        self.plus(CLOCKS_APART)
    }

    /// The instant `span` earlier.
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(whole_millis(span)))
    }
}

/// How far the clocks of two replicas may be apart.
const CLOCKS_APART: Duration = Duration::from_secs(5 * 60);

fn whole_millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Where the domain takes the time from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where real time enters the domain")]
    fn now(&self) -> Timestamp {
        let now = SystemTime::now();
        match now.duration_since(UNIX_EPOCH) {
            Ok(since) => Timestamp(0).plus(since),
            Err(before) => Timestamp(0).minus(before.duration()),
        }
    }
}

/// A clock that shows real time until it is set, and then goes on running from the instant it was set to.
#[derive(Debug, Default)]
pub struct SettableClock {
    ahead_millis: AtomicI64,
}

impl SettableClock {
    /// A clock that shows real time.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes it `instant` now.
    pub fn set(&self, instant: Timestamp) {
        let ahead = instant.millis().saturating_sub(SystemClock.now().millis());
        self.ahead_millis.store(ahead, Ordering::SeqCst);
    }

    /// Moves the clock by `seconds`, back when negative.
    pub fn advance(&self, seconds: i64) {
        self.ahead_millis.fetch_add(seconds.saturating_mul(1_000), Ordering::SeqCst);
    }

    /// Shows real time again.
    pub fn reset(&self) {
        self.ahead_millis.store(0, Ordering::SeqCst);
    }
}

impl Clock for SettableClock {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead_millis.load(Ordering::SeqCst);
        Timestamp(SystemClock.now().millis().saturating_add(ahead))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_about(actual: Timestamp, expected: Timestamp) {
        let late = actual.millis() - expected.millis();
        assert!((0..5_000).contains(&late), "{actual:?} is not just after {expected:?}");
    }

    #[test]
    fn seconds_are_rounded_towards_the_past() {
        assert_eq!(Timestamp::from_millis(1_999).seconds(), 1);
        assert_eq!(Timestamp::from_millis(-1).seconds(), -1);
        assert_eq!(Timestamp::from_seconds(-1).millis(), -1_000);
    }

    #[test]
    fn arithmetic_saturates() {
        let end = Timestamp::from_millis(i64::MAX);
        assert_eq!(end.plus(Duration::MAX), end);
        assert_eq!(Timestamp::from_millis(5).minus(Duration::from_millis(7)).millis(), -2);
        assert_eq!(Timestamp::from_seconds(i64::MAX), end);
    }

    #[test]
    fn a_set_clock_goes_on_running_from_there() {
        let clock = SettableClock::new();
        let real = SystemClock.now();
        assert_about(clock.now(), real);
        let then = Timestamp::from_seconds(1_000_000);
        clock.set(then);
        assert_about(clock.now(), then);
        let seen = clock.now();
        std::thread::sleep(Duration::from_millis(20));
        assert!(clock.now() > seen);
        clock.advance(60);
        assert_about(clock.now(), then.plus(Duration::from_secs(60)));
        clock.advance(-120);
        assert_about(clock.now(), then.minus(Duration::from_secs(60)));
        clock.reset();
        assert!(clock.now() > Timestamp::from_seconds(1_600_000_000));
    }
}
