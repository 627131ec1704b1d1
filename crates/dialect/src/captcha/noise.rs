//! What lies under and over the letters of a captcha.

use std::f32::consts::TAU;

use super::canvas::{Canvas, Colour, Dab, Mask, blend};
use super::chance::Chance;
use super::ink::Ink;
use super::lettering::curve;

/// Shades of the paper.
const BANDS: u8 = 9;
/// How far grain moves a channel's value, in each direction.
const GRAIN: i16 = 14;
/// Of 256 pixels so many have grain. More would not hide more, but a picture shall stay near 10 KB (medusa 2.1).
const GRAINY: u8 = 12;

/// Fills the canvas with light paper, darker towards one side; returns its colour.
pub(super) fn paper(canvas: &mut Canvas, chance: &mut Chance) -> Colour {
    let paper = [(); 3].map(|()| chance.between(206.0, 246.0) as u8);
    let other = [(); 3].map(|()| chance.between(196.0, 246.0) as u8);
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    let (turn, wave) = (chance.unit() * TAU, chance.between(1.0, 3.0));
    // In bands: a smooth transition would double the size of the file.
    let bands: Vec<Colour> =
        (0..=BANDS).map(|band| blended(paper, other, f32::from(band) / f32::from(BANDS))).collect();
    let (down, across) = turn.sin_cos();
    // From pixel to pixel the angle grows by the same step: it is turned by that, which is cheaper than its sine.
    let (step_sine, step_cosine) = (across / width * wave * 2.0).sin_cos();
    let (mut sine, mut cosine) = (0.0, 1.0);
    for (x, y, pixel) in canvas.pixels() {
        if x == 0 {
            (sine, cosine) = (y as f32 / height * down * wave * 2.0 + turn).sin_cos();
        }
        let band = ((0.5 + 0.5 * sine) * f32::from(BANDS)) as usize;
        *pixel = bands.get(band).copied().unwrap_or(other);
        (sine, cosine) = (sine * step_cosine + cosine * step_sine, cosine * step_cosine - sine * step_sine);
    }
    paper
}

fn blended(mut colour: Colour, other: Colour, share: f32) -> Colour {
    blend(&mut colour, other, share);
    colour
}

/// Dots and little hooks like pieces of letters, before the letters are written.
pub(super) fn specks(canvas: &mut Canvas, ink: &Ink, chance: &mut Chance) {
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    let area = width * height;
    let mut mask = Mask::of(canvas);
    for _ in 0..(area / 210.0) as u32 {
        let dot =
            Dab { x: chance.unit() * width, y: chance.unit() * height, radius: height * chance.between(0.007, 0.019) };
        mask.stroke(&[dot]);
        canvas.ink(&mask, ink.shade(chance));
        mask.clear();
    }
    for _ in 0..(area / 1100.0) as u32 {
        let (x, y) = (chance.unit() * width, chance.unit() * height);
        let mut near = || (x + chance.around(height * 0.16), y + chance.around(height * 0.16));
        let hook = curve(&[near(), near(), near()]);
        let radius = height * chance.between(0.011, 0.022);
        draw(canvas, &mut mask, &hook, radius, ink.shade(chance));
    }
}

/// Lines through the letters: most in their colours, one in the paper's.
pub(super) fn lines(canvas: &mut Canvas, ink: &Ink, paper: Colour, chance: &mut Chance) {
    let mut mask = Mask::of(canvas);
    for _ in 0..chance.whole(2, 3) {
        let line = across(canvas, chance);
        let radius = canvas.height as f32 * chance.between(0.012, 0.018);
        draw(canvas, &mut mask, &line, radius, ink.shade(chance));
    }
    let cut = across(canvas, chance);
    draw(canvas, &mut mask, &cut, canvas.height as f32 * 0.011, paper);
}

/// Fine grain over everything, so that no colour occurs twice by itself.
pub(super) fn grain(canvas: &mut Canvas, chance: &mut Chance) {
    for (_, _, pixel) in canvas.pixels() {
        let [odds, shift, ..] = chance.bytes();
        if odds < GRAINY {
            let shift = i16::from(shift) * (2 * GRAIN + 1) / 256 - GRAIN;
            *pixel = pixel.map(|channel| (i16::from(channel) + shift).clamp(0, 255) as u8);
        }
    }
}

/// A swinging line from edge to edge.
fn across(canvas: &Canvas, chance: &mut Chance) -> Vec<(f32, f32)> {
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    let knots: Vec<(f32, f32)> =
        (0..=4).map(|at| (width * (at as f32 * 0.26 - 0.02), height * chance.between(0.12, 0.88))).collect();
    curve(&knots)
}

/// Leaves the mask as empty as it was.
fn draw(canvas: &mut Canvas, mask: &mut Mask, path: &[(f32, f32)], radius: f32, colour: Colour) {
    let dabs: Vec<Dab> = path.iter().map(|&(x, y)| Dab { x, y, radius }).collect();
    mask.stroke(&dabs);
    canvas.ink(mask, colour);
    mask.clear();
}
