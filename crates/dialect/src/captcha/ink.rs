//! The colours that letters and noise are drawn with.

use std::f32::consts::TAU;

use super::canvas::Colour;
use super::chance::Chance;

/// The dark colours of one picture; letters and noise draw from the same ones.
pub(super) struct Ink {
    hue: f32,
}

impl Ink {
    pub(super) fn new(chance: &mut Chance) -> Self {
        Self { hue: chance.unit() }
    }

    /// One of the colours: dark enough to be read on every paper.
    pub(super) fn shade(&self, chance: &mut Chance) -> Colour {
        let (turn, depth) = (TAU * (self.hue + chance.around(0.25)), chance.between(42.0, 88.0));
        let channel = |third: f32| (depth + 40.0 * (turn + third * TAU / 3.0).cos()) as u8;
        [channel(0.0), channel(1.0), channel(2.0)]
    }
}
