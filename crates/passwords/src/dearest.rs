use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::scheme::Scheme;
use super::view::View;

/// The accounts of a store that are dearest to check, as far as their schemes tell.
#[derive(Debug, Clone, Default)]
pub struct Dearest {
    /// One a family of schemes.
    found: Vec<Found>,
}

#[derive(Debug, Clone)]
struct Found {
    family: &'static str,
    guess: Duration,
    credentials: Vec<(View, Scheme)>,
}

/// How many digests may stand behind one of unknown kind.
const UNKNOWN_DIGESTS: u32 = 3;

impl Dearest {
    /// Looks at the verifiers of one account; gives whether they are dearer than those of its family before.
    pub fn note(&mut self, credentials: &[(View, Scheme)]) -> bool {
        let has_plain = credentials.iter().any(|(view, _)| *view == View::Plain);
        // A password is checked against the plain view alone, if there is one; a digest costs one check at most, since those
        // of one account share a salt.
        let tried = credentials.iter().filter(|(view, _)| !has_plain || *view == View::Plain);
        let work = |(view, scheme): &(View, Scheme)| {
            let work = scheme.work();
            (work.family, if *view == View::UnknownDigest { work.time * UNKNOWN_DIGESTS } else { work.time })
        };
        let works: Vec<_> = tried.map(work).collect();
        let Some((family, _)) = works.iter().max_by_key(|(_, time)| *time) else { return false };
        let guess = works.iter().map(|(_, time)| *time).sum();
        match self.found.iter_mut().find(|found| found.family == *family) {
            Some(found) if found.guess >= guess => return false,
            Some(found) => (found.guess, found.credentials) = (guess, credentials.to_vec()),
            None => self.found.push(Found { family, guess, credentials: credentials.to_vec() }),
        }
        true
    }

    /// Their verifiers, those that cost more than can be told apart by waiting left out.
    pub(super) fn accounts(&self) -> impl Iterator<Item = &[(View, Scheme)]> {
        self.found.iter().filter(|found| found.guess < MOST * 2).map(|found| found.credentials.as_slice())
    }
}

/// The longest time a failed check is made to take. A few dearer accounts can be told apart then, which is better than a
/// stranger who occupies a core for minutes with each guess.
const MOST: Duration = Duration::from_secs(4);

/// How long failed checks shall take: measured, and followed as the machine grows faster or slower.
#[derive(Debug, Default)]
pub(super) struct Target(AtomicU64);

impl Target {
    pub fn get(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    pub fn set(&self, time: Duration) {
        let nanoseconds = u64::try_from(time.min(MOST).as_nanos()).unwrap_or_default();
        self.0.store(nanoseconds, Ordering::Relaxed);
    }

    /// A failed check took so long by itself. One of the dearest moves the target, up faster than down: nine in ten of them
    /// end before it and wait for it.
    pub fn saw(&self, took: Duration) {
        let (took, target) = (took.as_secs_f64(), self.get().as_secs_f64());
        let share = took / target;
        if (0.85..1.0).contains(&share) {
            self.set(Duration::from_secs_f64(target - (target - took) * 0.02));
        } else if (1.0..1.5).contains(&share) {
            self.set(Duration::from_secs_f64(target + (took - target) * 0.2));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bcrypt_text::Cost;
    use super::*;

    #[test]
    fn the_dearest_of_each_family_is_kept() {
        let native = |cost| Scheme::native(b"x", Cost::new(cost).unwrap(), [0; 16]);
        let mut dearest = Dearest::default();
        assert!(!dearest.note(&[]));
        for account in [[(View::Plain, native(5))], [(View::UnknownDigest, native(4))], [(View::Plain, native(4))]] {
            dearest.note(&account);
        }
        // However many digests it keeps beside the password.
        let many = [View::Plain, View::UserMd5, View::SelfMd5, View::Md5].map(|view| (view, native(4)));
        assert!(!dearest.note(&many));
        dearest.note(&[(View::Plain, Scheme::from_md5("4ff6abdc63b485b520fbc13d9e4f880e").unwrap())]);
        let kept: Vec<_> = dearest.accounts().map(|account| account[0].0).collect();
        assert_eq!(kept, [View::UnknownDigest, View::Plain]);
    }

    #[test]
    fn the_target_follows_the_dearest_and_nothing_else() {
        let target = Target::default();
        target.set(Duration::from_millis(100));
        target.saw(Duration::from_millis(40));
        target.saw(Duration::from_secs(3));
        assert_eq!(target.get(), Duration::from_millis(100));
        for _ in 0..100 {
            target.saw(Duration::from_millis(120));
        }
        assert!(target.get() > Duration::from_millis(119));
        for _ in 0..2000 {
            target.saw(Duration::from_millis(105));
        }
        assert!(target.get() < Duration::from_millis(106));
        target.set(Duration::from_secs(100));
        assert_eq!(target.get(), MOST);
    }
}
