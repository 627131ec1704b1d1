//! When an old server that fails is left alone, and when it is tried again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So many failures in a row are enough.
const ENOUGH: u32 = 5;
const FIRST_REST: Duration = Duration::from_secs(2);
const LONGEST_REST: Duration = Duration::from_secs(30);

/// How things stand with an old server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// It is asked.
    Closed,
    /// It is left alone.
    Open,
    /// One question finds out whether it answers again.
    HalfOpen,
}

/// Opens after failures in a row, for a time that doubles as long as its probes fail.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    failures: u32,
    rest: Option<Rest>,
}

#[derive(Debug)]
struct Rest {
    until: Instant,
    length: Duration,
    is_probed: bool,
}

/// The permission to ask once. Dropped without a verdict, it was as if nobody had asked.
pub(crate) struct Admitted {
    breaker: Arc<Breaker>,
    is_probe: bool,
}

impl Breaker {
    /// `None`: not now.
    pub fn admit(self: &Arc<Self>, now: Instant) -> Option<Admitted> {
        let mut inner = self.inner();
        let is_probe = match &mut inner.rest {
            None => false,
            Some(rest) if now >= rest.until && !rest.is_probed => {
                rest.is_probed = true;
                true
            }
            Some(_) => return None,
        };
        Some(Admitted { breaker: Arc::clone(self), is_probe })
    }

    pub fn state(&self, now: Instant) -> BreakerState {
        match &self.inner().rest {
            None => BreakerState::Closed,
            Some(rest) if now >= rest.until => BreakerState::HalfOpen,
            Some(_) => BreakerState::Open,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admitted {
    /// It answered; what, is another matter.
    pub fn answered(self) {
        let mut inner = self.breaker.inner();
        // A straggler from before the rest proves nothing about now.
        if self.is_probe || inner.rest.is_none() {
            *inner = Inner::default();
        }
    }

    /// It did not.
    pub fn failed(self, now: Instant) {
        let mut inner = self.breaker.inner();
        inner.failures = inner.failures.saturating_add(1);
        let length = match &inner.rest {
            Some(rest) if self.is_probe => (rest.length * 2).min(LONGEST_REST),
            None if inner.failures >= ENOUGH => FIRST_REST,
            Some(_) | None => return,
        };
        inner.rest = Some(Rest { until: now + length, length, is_probed: false });
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        if self.is_probe
            && let Some(rest) = &mut self.breaker.inner().rest
        {
            rest.is_probed = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Arc<Breaker>, now: Instant) {
        breaker.admit(now).unwrap().failed(now);
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_probe_closes_it() {
        let (breaker, now) = (Arc::<Breaker>::default(), Instant::now());
        for _ in 0..ENOUGH - 1 {
            fail(&breaker, now);
        }
        breaker.admit(now).unwrap().answered();
        for _ in 0..ENOUGH {
            assert_eq!(breaker.state(now), BreakerState::Closed);
            fail(&breaker, now);
        }
        assert_eq!(breaker.state(now), BreakerState::Open);
        assert!(breaker.admit(now).is_none());
        let later = now + FIRST_REST;
        let probe = breaker.admit(later).unwrap();
        assert!(breaker.admit(later).is_none(), "one probe at a time");
        probe.answered();
        assert_eq!(breaker.state(later), BreakerState::Closed);
        assert!(breaker.admit(later).is_some());
    }

    #[test]
    fn rests_grow_to_a_bound_and_a_lost_probe_is_none() {
        let (breaker, mut now) = (Arc::<Breaker>::default(), Instant::now());
        let straggler = breaker.admit(now).unwrap();
        (0..ENOUGH).for_each(|_| fail(&breaker, now));
        straggler.answered();
        assert_eq!(breaker.state(now), BreakerState::Open, "what was asked before the rest proves nothing");
        for rest in [2, 4, 8, 16, 30, 30] {
            let almost = now + Duration::from_millis(rest * 1000 - 1);
            assert!(breaker.admit(almost).is_none(), "{rest}");
            now += Duration::from_secs(rest);
            drop(breaker.admit(now).unwrap());
            fail(&breaker, now);
        }
    }
}
