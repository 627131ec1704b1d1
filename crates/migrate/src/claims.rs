//! Who in the source wants the same thing. Of several the one with the lowest number gets it, wherever it stands in the file.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// The values of one field seen so far. Only hashes are kept: a million accounts take some tens of megabytes.
#[derive(Default)]
pub(crate) struct Claims {
    hasher: RandomState,
    /// Hash of a value -> the place of its holder, counted from 1. Arrays, because a `u64` key would cost padding.
    holders: HashMap<[u32; 2], u32, BuildHasherDefault<Hashed>>,
    /// Values of which the first holder is not the one with the lowest number -> that number.
    lowest: HashMap<[u32; 2], i64, BuildHasherDefault<Hashed>>,
}

/// The keys are hashes with a secret already: nobody can choose values that meet.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// What a claim came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claimed {
    /// It is this account's.
    Held,
    /// It is that of the account at this place of the source.
    Taken(u32),
    /// This account has the lower number: the source must be read again, knowing that.
    OutOfOrder,
}

impl Claims {
    /// Claims a value for the account at `place` with `number`; `number_at` gives the number of the one at a place.
    pub fn claim(&mut self, value: &str, place: u32, number: i64, number_at: impl Fn(u32) -> i64) -> Claimed {
        let hash = self.hasher.hash_one(value);
        let key = [(hash >> 32) as u32, hash as u32];
        if let Some(lowest) = self.lowest.get(&key) {
            return if *lowest == number {
                Claimed::Held
            } else {
                Claimed::Taken(self.holders.get(&key).copied().unwrap_or(0))
            };
        }
        match self.holders.get(&key) {
            None => {
                self.holders.insert(key, place);
                Claimed::Held
            }
            Some(holder) if number_at(*holder) > number => {
                self.lowest.insert(key, number);
                self.holders.insert(key, place);
                Claimed::OutOfOrder
            }
            Some(holder) => Claimed::Taken(*holder),
        }
    }

    /// For another reading of the same source: what was found out of order is kept.
    pub fn again(&mut self) {
        let lowest = &self.lowest;
        self.holders.retain(|key, _| lowest.contains_key(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_number_gets_it_wherever_it_stands() {
        let numbers = [7, 3, 5];
        let number_at = |place: u32| numbers[place as usize - 1];
        let mut claims = Claims::default();
        assert_eq!(claims.claim("a", 1, 7, number_at), Claimed::Held);
        assert_eq!(claims.claim("a", 2, 3, number_at), Claimed::OutOfOrder);
        claims.again();
        let second: Vec<_> =
            numbers.iter().zip(1..).map(|(number, place)| claims.claim("a", place, *number, number_at)).collect();
        assert_eq!(second, [Claimed::Taken(2), Claimed::Held, Claimed::Taken(2)]);
        assert_eq!(claims.claim("b", 1, 7, number_at), Claimed::Held);
    }
}
