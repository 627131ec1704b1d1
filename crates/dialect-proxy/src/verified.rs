//! Tokens whose signature has been checked, remembered so that the next request with one of them costs a look and not an HMAC.
//! What is kept follows from token and key alone; whether the token holds now is the guard's to ask.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::token::{self, Claims};

/// At most so many: beyond, all are forgotten. Only tokens that a key of ours has signed get in.
const MOST: usize = 16_384;

/// What this mount has found out about tokens.
#[derive(Default)]
pub struct VerifiedTokens {
    /// Two keyed digests of 64 bits: neither a token nor a signature is kept.
    digests: [RandomState; 2],
    known: Mutex<HashMap<[u64; 2], Option<Claims>>>,
}

impl VerifiedTokens {
    /// What a token says that this key has signed, `Some(None)` if a claim is refused; `None`: the key has not signed it.
    pub fn read(&self, token: &str, key: &str) -> Option<Option<Claims>> {
        let digest = self.digests.each_ref().map(|digest| digest.hash_one((key, token)));
        if let Some(claims) = self.known().get(&digest) {
            return Some(*claims);
        }
        let claims = token::is_signed(token, key).then(|| token::read(token))?;
        let mut known = self.known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(digest, claims);
        Some(claims)
    }

    /// No code runs under the lock that could leave what it guards half changed.
    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<[u64; 2], Option<Claims>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_look_says_the_same_and_another_key_or_byte_does_not() {
        let verified = VerifiedTokens::default();
        let token = token::sign("key", 7, 1_000);
        for _ in 0..2 {
            let claims = verified.read(&token, "key").unwrap().unwrap();
            assert_eq!((claims.user_id, claims.issued_at), (Some(7), Some(1_000)));
            assert_eq!(verified.read(&token, "another"), None);
            assert_eq!(verified.read(&token.replace('.', ".A"), "key"), None);
            assert_eq!(verified.read(&format!("{token}="), "key"), verified.read(&token, "key"), "padding is no byte");
            assert_eq!(verified.read("", "key"), None);
        }
        assert_eq!(verified.known().len(), 2);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_what_was_forgotten_is_checked_again() {
        let verified = VerifiedTokens::default();
        let first = token::sign("key", 0, 1_000);
        for number in 0..=MOST as u64 {
            verified.known().insert([number, 1], None);
        }
        assert!(verified.read(&first, "key").is_some());
        assert_eq!(verified.known().len(), 1);
        for garbage in 0..100 {
            assert_eq!(verified.read(&format!("{first}{garbage}"), "key"), None);
        }
        assert_eq!(verified.known().len(), 1);
    }
}
