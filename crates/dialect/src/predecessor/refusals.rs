//! What the old server refused. The key holds the password, so another one is never answered from here.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use dragoman_accounts::{AccountNumber, LoginName, clock::Timestamp};
use dragoman_passwords::random::Randomness;
use sha2::{Digest, Sha256};

/// Refusals that are remembered.
const MOST: usize = 4_096;

type Key = [u8; 32];

/// Whose login was refused.
#[derive(Clone, Copy)]
pub(super) enum Whom<'w> {
    /// By what an account was meant.
    Named(&'w LoginName),
    /// An account, by whatever name it was meant.
    Account(AccountNumber),
}

impl<'w> From<&'w LoginName> for Whom<'w> {
    fn from(name: &'w LoginName) -> Self {
        Self::Named(name)
    }
}

impl From<AccountNumber> for Whom<'_> {
    fn from(account: AccountNumber) -> Self {
        Self::Account(account)
    }
}

pub(super) struct Refusals {
    /// Of this process: nobody who sees its memory later compares digests of other passwords with these.
    salt: [u8; 32],
    /// How long a refusal is remembered.
    life: Duration,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// When each was refused, and about whom.
    at: HashMap<Key, (Timestamp, Key)>,
    /// In the order in which they came.
    order: VecDeque<(Timestamp, Key)>,
}

impl Refusals {
    pub fn new(randomness: &dyn Randomness, life: Duration) -> Self {
        Self { salt: randomness.array(), life, known: Mutex::default() }
    }

    pub fn knows<'w>(&self, whom: impl Into<Whom<'w>>, sent: &[u8], now: Timestamp) -> bool {
        let key = key(self.about(whom.into()), sent);
        // One dated later was noted before the clock was set back.
        self.known().at.get(&key).is_some_and(|(at, _)| *at <= now && at.plus(self.life) > now)
    }

    pub fn note<'w>(&self, whom: impl Into<Whom<'w>>, sent: &[u8], now: Timestamp) {
        let about = self.about(whom.into());
        let key = key(about, sent);
        let mut known = self.known();
        if known.at.get(&key).is_some_and(|(at, _)| *at <= now && at.plus(self.life) > now) {
            return;
        }
        while known.order.len() >= MOST {
            let Some((at, oldest)) = known.order.pop_front() else { break };
            if known.at.get(&oldest).is_some_and(|(noted, _)| *noted == at) {
                known.at.remove(&oldest);
            }
        }
        known.order.push_back((now, key));
        known.at.insert(key, (now, about));
    }

    pub fn forget<'w>(&self, whom: impl Into<Whom<'w>>) {
        let about = self.about(whom.into());
        self.known().at.retain(|_, (_, whom)| *whom != about);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn about(&self, whom: Whom<'_>) -> Key {
        let salted = Sha256::new().chain_update(self.salt);
        let named = match whom {
            Whom::Named(LoginName::Username(text)) => salted.chain_update(b"name").chain_update(text),
            Whom::Named(LoginName::Email(text)) => salted.chain_update(b"mail").chain_update(text),
            Whom::Account(number) => salted.chain_update(b"number").chain_update(number.0.to_be_bytes()),
        };
        named.finalize().into()
    }
}

fn key(about: Key, sent: &[u8]) -> Key {
    Sha256::new().chain_update(about).chain_update(sent).finalize().into()
}

#[cfg(test)]
mod tests {
    use dragoman_passwords::random::SeededRandomness;

    use super::*;

    const LIFE: Duration = Duration::from_secs(3);

    fn name(text: &str) -> LoginName {
        LoginName::Username(text.to_owned())
    }

    #[test]
    fn another_password_is_never_known() {
        let refusals = Refusals::new(&SeededRandomness::new(1), LIFE);
        let now = Timestamp::from_seconds(1_000);
        refusals.note(&name("ann"), b"wrong", now);
        assert!(refusals.knows(&name("ann"), b"wrong", now.plus(Duration::from_secs(2))));
        assert!(!refusals.knows(&name("ann"), b"right", now));
        assert!(!refusals.knows(&name("bob"), b"wrong", now));
        assert!(!refusals.knows(&LoginName::Email("ann".to_owned()), b"wrong", now));
        assert!(!refusals.knows(AccountNumber(1), b"wrong", now));
        assert!(!refusals.knows(&name("ann"), b"wrong", now.plus(LIFE)));
        refusals.forget(&name("ann"));
        assert!(!refusals.knows(&name("ann"), b"wrong", now));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let refusals = Refusals::new(&SeededRandomness::new(1), LIFE);
        let now = Timestamp::from_seconds(1_000);
        for at in 0..MOST + 10 {
            refusals.note(&name(&at.to_string()), b"wrong", now);
        }
        let held = |known: MutexGuard<'_, Known>| (known.at.len(), known.order.len());
        assert_eq!(held(refusals.known()), (MOST, MOST));
        assert!(!refusals.knows(&name("0"), b"wrong", now) && refusals.knows(&name("20"), b"wrong", now));
    }
}
