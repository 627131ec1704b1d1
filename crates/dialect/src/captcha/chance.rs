//! Cheap random numbers for one picture, grown from one seed of the caller's randomness.

use dragoman_passwords::random::Randomness;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The random decisions of one picture.
pub(super) struct Chance(StdRng);

impl Chance {
    pub(super) fn new(randomness: &dyn Randomness) -> Self {
        Self(StdRng::from_seed(randomness.array()))
    }

    /// A number from 0 up to but not including 1.
    pub(super) fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1u32 << 24) as f32
    }

    /// A number between the two.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// A number as likely above as below zero, at most `bound` away from it.
    pub(super) fn around(&mut self, bound: f32) -> f32 {
        self.between(-bound, bound)
    }

    /// A whole number from `low` up to and including `high`.
    pub(super) fn whole(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.saturating_sub(low)) + 1;
        low + ((u64::from(self.0.next_u32()) * span) >> 32) as u32
    }

    /// `true` with the given odds.
    pub(super) fn happens(&mut self, odds: f32) -> bool {
        self.unit() < odds
    }

    /// Four bytes at once: grain is needed for every pixel.
    pub(super) fn bytes(&mut self) -> [u8; 4] {
        self.0.next_u32().to_le_bytes()
    }
}
