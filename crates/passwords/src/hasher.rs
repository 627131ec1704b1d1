use super::check::Verification;
use super::modular_crypt::Cost;
use super::scheme::Scheme;
use super::view::{Presented, View};
use crate::random::Randomness;

/// Checks passwords so that the time of an answer does not tell whether the account exists.
#[derive(Clone, Debug)]
pub struct Hasher {
    cost: Cost,
    dummy: Scheme,
}

impl Hasher {
    /// A hasher for native hashes of `cost`. Runs one bcrypt to make the hash that unknown accounts are checked against.
    pub fn new(cost: Cost, randomness: &dyn Randomness) -> Self {
        let dummy = Scheme::native(&randomness.array::<32>(), cost, randomness.array());
        Self { cost, dummy }
    }

    /// The cost of new native hashes.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// As [`check`](super::check()), but never free of charge: an unknown account (no credentials) or one without a
    /// verifier that applies takes as long as one native hash.
    pub fn check(
        &self,
        credentials: &[(View, Scheme)],
        username: Option<&str>,
        presented: &Presented,
        enabled_digests: &[View],
    ) -> Option<View> {
        let mut verification = Verification::default();
        let accepted = verification.check(credentials, username, presented, enabled_digests);
        if !verification.is_spent {
            self.spend(presented);
        }
        accepted
    }

    /// Takes as long as checking `presented` against a native hash, and accepts nothing.
    pub fn spend(&self, presented: &Presented) {
        std::hint::black_box(self.dummy.verify(presented.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::fresh_credentials;
    use super::super::view::md5;
    use super::*;
    use crate::random::SeededRandomness;
    use std::time::{Duration, Instant};

    fn quickest(run: impl Fn()) -> Duration {
        let timed = |_| {
            let start = Instant::now();
            run();
            start.elapsed()
        };
        (0..5).map(timed).min().unwrap()
    }

    #[test]
    fn a_check_that_cannot_succeed_takes_as_long_as_one_that_can() {
        let (cost, randomness) = (Cost::new(8).unwrap(), SeededRandomness::new(3));
        let hasher = Hasher::new(cost, &randomness);
        assert_eq!(hasher.cost(), cost);
        let credentials = fresh_credentials(&"right".into(), None, &[], cost, &randomness);
        let password = Presented::plain("right");
        let known = quickest(|| assert_eq!(hasher.check(&credentials, None, &password, &[]), Some(View::Plain)));
        let unknown = quickest(|| assert_eq!(hasher.check(&[], None, &password, &[]), None));
        let digest = Presented::digest(&md5(b"right")).unwrap();
        let no_digest_view = quickest(|| assert_eq!(hasher.check(&credentials, None, &digest, &[View::Md5]), None));
        for other in [unknown, no_digest_view] {
            assert!(other > known / 3 && other < known * 3, "{known:?} against {other:?}");
        }
    }
}
