use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::algorithm::Algorithm;
use super::bcrypt_text::Cost;
use super::check::Verification;
use super::dearest::{Dearest, Target};
use super::random::Randomness;
use super::scheme::Scheme;
use super::stopwatch::Stopwatch;
use super::view::{Presented, View};

/// Checks passwords so that the time of an answer tells nothing about the account, not even whether it exists: every failed
/// check takes as long as the dearest verifiers the store holds (one-domain P13).
#[derive(Clone, Debug)]
pub struct Hasher {
    cost: Cost,
    native: Scheme,
    known: Arc<Mutex<Dearest>>,
    target: Arc<Target>,
}

/// Iterations of one step of a check that only passes time: some 20 microseconds.
const STEP: u32 = 64;

impl Hasher {
    /// A hasher for native hashes of `cost`. Runs one bcrypt to learn how long it takes here.
    pub fn new(cost: Cost, randomness: &dyn Randomness) -> Self {
        let native = Scheme::native(&randomness.array::<32>(), cost, randomness.array());
        let hasher = Self { cost, native, known: Arc::default(), target: Arc::default() };
        let watch = Stopwatch::start();
        std::hint::black_box(hasher.native.verify(b"nobody's"));
        hasher.target.set(watch.elapsed());
        hasher
    }

    /// The cost of new native hashes.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// As [`check`](super::check()), but a refusal takes as long whatever there was to check.
    pub fn check(
        &self,
        credentials: &[(View, Scheme)],
        username: Option<&str>,
        presented: &Presented,
        enabled_digests: &[View],
    ) -> Option<View> {
        let (accepted, watch) = self.checked(credentials, username, presented, enabled_digests);
        if accepted.is_none() {
            self.pass_time(&watch);
        }
        accepted
    }

    /// As [`Hasher::check`], but being right takes as long too: for whoever does not learn the outcome.
    pub fn check_evenly(
        &self,
        credentials: &[(View, Scheme)],
        username: Option<&str>,
        presented: &Presented,
        enabled_digests: &[View],
    ) -> Option<View> {
        let (accepted, watch) = self.checked(credentials, username, presented, enabled_digests);
        self.pass_time(&watch);
        accepted
    }

    fn checked(
        &self,
        credentials: &[(View, Scheme)],
        username: Option<&str>,
        presented: &Presented,
        enabled_digests: &[View],
    ) -> (Option<View>, Stopwatch) {
        self.note(credentials);
        let watch = Stopwatch::start();
        let accepted = Verification::default().check(credentials, username, presented, enabled_digests);
        if accepted.is_none() {
            self.target.saw(watch.elapsed());
        }
        (accepted, watch)
    }

    /// Learns how long the dearest accounts of the store take, and passes as much time from now on. Takes as long as they
    /// do, a few times over: run it on the [`HashingPool`](super::HashingPool).
    pub fn measure(&self, dearest: Dearest) {
        let accounts: Vec<_> = dearest.accounts().map(<[_]>::to_vec).collect();
        *self.known() = dearest;
        let own = vec![(View::Plain, self.native.clone())];
        let measured = accounts.iter().chain([&own]).map(|account| failed_check(account)).max();
        self.target.set(measured.unwrap_or_default());
    }

    /// An account was made or met: if it is dearer than all before, failed checks take as long as it does from now on.
    pub fn note(&self, credentials: &[(View, Scheme)]) {
        if self.known().note(credentials) {
            self.target.set(self.target.get().max(failed_check(credentials)));
        }
    }

    fn known(&self) -> MutexGuard<'_, Dearest> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a failed check takes.
    pub fn failure_takes(&self) -> Duration {
        self.target.get()
    }

    fn pass_time(&self, watch: &Stopwatch) {
        let target = self.target.get();
        while watch.elapsed() < target {
            std::hint::black_box(Algorithm::Sha256.pbkdf2(b"nobody", b"nobody", STEP, 32));
        }
    }
}

/// The middle of three tries of the dearer of the two things a client may show; one try of what takes long.
fn failed_check(credentials: &[(View, Scheme)]) -> Duration {
    const LONG: Duration = Duration::from_millis(500);
    const DIGESTS: [View; 3] = [View::UserMd5, View::SelfMd5, View::Md5];
    let shown = [Some(Presented::plain("nobody's")), Presented::digest("00000000000000000000000000000000")];
    let median = |presented: &Presented| {
        let attempt = || {
            let watch = Stopwatch::start();
            std::hint::black_box(Verification::default().check(credentials, Some("nobody"), presented, &DIGESTS));
            watch.elapsed()
        };
        let first = attempt();
        if first > LONG {
            return first;
        }
        let mut tries = [first, attempt(), attempt()];
        tries.sort_unstable();
        let [_, median, _] = tries;
        median
    };
    shown.iter().flatten().map(median).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::check::fresh_credentials;
    use super::super::imported::{digest_only, from_md5_column};
    use super::super::view::md5;
    use super::*;
    use crate::random::SeededRandomness;

    const COST: u32 = 7;

    /// The median of failed checks, in units of the target.
    fn failure(hasher: &Hasher, credentials: &[(View, Scheme)], presented: &Presented) -> f64 {
        let mut times: Vec<f64> = (0..31)
            .map(|_| {
                let watch = Stopwatch::start();
                assert_eq!(hasher.check(credentials, Some("bob"), presented, &[View::Md5]), None);
                watch.elapsed().as_secs_f64()
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times[15] / hasher.failure_takes().as_secs_f64()
    }

    #[test]
    fn every_refusal_takes_as_long_as_the_dearest_account() {
        let (cost, randomness) = (Cost::new(COST).unwrap(), SeededRandomness::new(3));
        let hasher = Hasher::new(cost, &randomness);
        let native = hasher.failure_takes();
        let known = fresh_credentials(&"right".into(), None, &[], cost, &randomness);
        let digest = digest_only(&md5(b"right"), cost, &randomness).unwrap();
        let weak = from_md5_column(&md5(b"right"), Some("bob")).unwrap();
        let old = [(View::Plain, Scheme::native(b"right", Cost::MINIMUM, [1; 16]))];
        let mut dearest = Dearest::default();
        for account in [&known[..], &digest, &weak, &old] {
            dearest.note(account);
        }
        hasher.measure(dearest);
        // Of a digest nobody knows the kind of, all three are tried.
        let times = hasher.failure_takes().as_secs_f64() / native.as_secs_f64();
        assert!(times > 2.0 && times < 4.5, "{times}");
        for presented in [Presented::plain("wrong"), Presented::digest(&md5(b"wrong")).unwrap()] {
            for account in [&[][..], &known, &digest, &weak, &old] {
                let share = failure(&hasher, account, &presented);
                assert!((0.8..1.25).contains(&share), "{share} {presented:?} {account:?}");
            }
        }
        assert_eq!(hasher.check(&known, None, &Presented::plain("right"), &[]), Some(View::Plain));
    }
}
