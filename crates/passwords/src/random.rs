//! Randomness, for salts and for whoever makes ids, tokens and codes: passed in, so that tests and fixtures can fix it.

use std::sync::{Mutex, PoisonError};

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, rand_core::UnwrapErr};

/// Where the domain takes ids, tokens, salts and codes from. Everything but [`Randomness::fill`] is provided.
pub trait Randomness: Send + Sync {
    /// Fills `bytes` with unpredictable values.
    fn fill(&self, bytes: &mut [u8]);

    /// `length` characters, each drawn with equal odds from `alphabet` (ASCII, at most 256 long; empty gives empty text).
    fn text(&self, alphabet: &[u8], length: usize) -> String {
        let mut text = String::with_capacity(length);
        // Bytes past the last full run of the alphabet would favour its first characters: they are drawn again.
        let Some(fair) = 256usize.checked_rem(alphabet.len()).map(|rest| 256 - rest) else {
            return text;
        };
        while text.len() < length {
            let mut drawn = vec![0; length - text.len()];
            self.fill(&mut drawn);
            let fairly = drawn.into_iter().map(usize::from).filter(|&byte| byte < fair);
            text.extend(
                fairly.filter_map(|byte| alphabet.get(byte % alphabet.len())).map(|&letter| char::from(letter)),
            );
        }
        text
    }

    /// `bytes` random bytes as lower-case hex digits, two a byte.
    fn hex(&self, bytes: usize) -> String {
        self.text(b"0123456789abcdef", bytes.saturating_mul(2))
    }

    /// A version 4 UUID, 36 characters in lower case.
    fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// A number from 0 up to but not including `bound`, all with equal odds; 0 when `bound` is 0.
    fn below(&self, bound: u64) -> u64 {
        // 2^64 mod bound values at the top make no full run and are drawn again.
        let Some(excess) = (u64::MAX % bound.max(1)).checked_add(1).and_then(|rest| rest.checked_rem(bound)) else {
            return 0;
        };
        loop {
            let mut bytes = [0; 8];
            self.fill(&mut bytes);
            let number = u64::from_le_bytes(bytes);
            if number <= u64::MAX - excess {
                return number % bound;
            }
        }
    }
}

// Not in the trait: a generic method there could not be called on `dyn Randomness`, the form in which it is passed around.
impl dyn Randomness + '_ {
    /// `N` random bytes.
    pub fn array<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

/// The operating system's secure source.
///
/// Panics if the system has none to give: no reply is better than one with guessable secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        UnwrapErr(SysRng).fill_bytes(bytes);
    }
}

/// A predictable source for tests: the same seed gives the same sequence of values.
#[derive(Debug)]
pub struct SeededRandomness(Mutex<StdRng>);

impl SeededRandomness {
    /// The source that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Randomness for SeededRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives the bytes 0, 1, 2 ... 255, 0, 1 ...
    #[derive(Default)]
    struct Counting(Mutex<u8>);

    impl Randomness for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let mut next = self.0.lock().unwrap();
            for byte in bytes {
                *byte = *next;
                *next = next.wrapping_add(1);
            }
        }
    }

    #[test]
    fn text_uses_every_letter_equally_often() {
        // 100 letters: the bytes 200 to 255 must be refused, so 400 characters take two rounds of 256 bytes.
        let alphabet: Vec<u8> = (27..127).collect();
        let text = Counting::default().text(&alphabet, 400);
        for letter in &alphabet {
            assert_eq!(text.bytes().filter(|byte| byte == letter).count(), 4);
        }
    }

    #[test]
    fn text_takes_any_alphabet_and_length() {
        let source = SystemRandomness;
        assert_eq!(source.text(b"", 5), "");
        assert_eq!(source.text(b"x", 5), "xxxxx");
        assert_eq!(source.text(b"ab", 0), "");
        assert_eq!(source.text(b"0123456789", 250).len(), 250);
    }

    #[test]
    fn below_stays_below() {
        let source = SystemRandomness;
        assert_eq!(source.below(0), 0);
        assert_eq!(source.below(1), 0);
        let seen: std::collections::BTreeSet<u64> = (0..400).map(|_| source.below(3)).collect();
        assert_eq!(seen, (0..3).collect());
        assert!(source.below(u64::MAX) < u64::MAX);
    }

    #[test]
    fn hex_and_uuid_have_their_forms() {
        let source = SystemRandomness;
        let hex = source.hex(16);
        assert!(hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
        let uuid = source.uuid();
        assert_eq!((uuid.len(), uuid.as_bytes()[14]), (36, b'4'));
        assert!(b"89ab".contains(&uuid.as_bytes()[19]));
        assert_ne!(uuid, source.uuid());
    }

    #[test]
    fn a_seed_repeats_and_the_system_does_not() {
        let (first, second): (&dyn Randomness, &dyn Randomness) =
            (&SeededRandomness::new(7), &SeededRandomness::new(7));
        assert_eq!(first.array::<16>(), second.array::<16>());
        let (other, system): (&dyn Randomness, &dyn Randomness) = (&SeededRandomness::new(8), &SystemRandomness);
        assert_ne!(first.array::<16>(), other.array::<16>());
        assert_ne!(system.array::<16>(), system.array::<16>());
    }
}
