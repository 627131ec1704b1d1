//! Glyphs set side by side, each a little out of shape, all bent by one wave.

use std::f32::consts::TAU;

use super::canvas::{Canvas, Dab, Mask};
use super::chance::Chance;
use super::glyphs::{BASELINE, DESCENDER, Glyph, Pen};
use super::ink::Ink;

/// Pen half-width on the glyphs' grid.
const PEN: f32 = 5.2;
/// Steps in which a straight movement is bent, on the glyphs' grid.
const STEP: f32 = 7.0;
/// Length of one step of a curved movement.
const CURVE_STEP: f32 = 3.5;

/// Writes the glyphs across the canvas.
pub(super) fn write(canvas: &mut Canvas, glyphs: &[Glyph], ink: &Ink, chance: &mut Chance) {
    let (bottom, share) = if glyphs.iter().any(Glyph::descends) { (DESCENDER, 0.86) } else { (BASELINE, 0.74) };
    let scale = canvas.height as f32 * share / f32::from(bottom);
    let wave = Wave::new(canvas, chance);

    let shapes: Vec<Posture> = glyphs.iter().map(|_| Posture::new(scale, chance)).collect();
    // The pen's width on both sides less a little: neighbours touch more often than not.
    let gaps: Vec<f32> = shapes.iter().map(|_| PEN * scale * chance.between(1.7, 2.6)).collect();
    let widths: Vec<f32> =
        glyphs.iter().zip(&shapes).map(|(glyph, shape)| f32::from(glyph.width) * shape.across).collect();
    let wanted = widths.iter().sum::<f32>() + gaps.iter().skip(1).sum::<f32>();
    let room = canvas.width as f32 - 8.0 * PEN * scale;
    let squeeze = (room / wanted).min(1.0);

    let mut left = (canvas.width as f32 - wanted * squeeze) / 2.0 + chance.around((room - wanted).max(0.0) * 0.4);
    let middle = (canvas.height as f32 - f32::from(bottom) * scale) / 2.0;
    let mut mask = Mask::of(canvas);
    for (((glyph, shape), width), gap) in glyphs.iter().zip(&shapes).zip(widths).zip(gaps) {
        let shape = Posture { across: shape.across * squeeze, ..*shape };
        let centre = (left + width * squeeze / 2.0, middle + f32::from(BASELINE) / 2.0 * scale);
        for pen in glyph.pens {
            let path: Vec<(f32, f32)> =
                path(*pen).into_iter().map(|point| wave.bend(shape.place(*glyph, point, centre))).collect();
            mask.stroke(&shape.pressed(&path, chance.unit() * TAU));
        }
        canvas.ink(&mask, ink.shade(chance));
        mask.clear();
        left += (width + gap) * squeeze;
    }
}

/// How one glyph stands.
#[derive(Clone, Copy)]
struct Posture {
    across: f32,
    down: f32,
    shear: f32,
    turn: f32,
    drop: f32,
    pen: f32,
}

impl Posture {
    fn new(scale: f32, chance: &mut Chance) -> Self {
        Self {
            across: scale * chance.between(0.95, 1.1),
            down: scale * chance.between(0.9, 1.04),
            shear: chance.around(0.14),
            turn: chance.around(0.22),
            drop: scale * chance.around(5.0),
            pen: scale * PEN * chance.between(0.78, 1.15),
        }
    }

    fn place(&self, glyph: Glyph, (x, y): (f32, f32), centre: (f32, f32)) -> (f32, f32) {
        let down = (y - f32::from(BASELINE) / 2.0) * self.down;
        let across = (x - f32::from(glyph.width) / 2.0) * self.across - down * self.shear;
        let (sine, cosine) = self.turn.sin_cos();
        (centre.0 + across * cosine - down * sine, centre.1 + self.drop + across * sine + down * cosine)
    }

    /// The path with a pen pressed harder here than there.
    fn pressed(&self, path: &[(f32, f32)], phase: f32) -> Vec<Dab> {
        let press = |at: usize| 1.0 + 0.22 * (at as f32 * 0.45 + phase).sin();
        path.iter().enumerate().map(|(at, &(x, y))| Dab { x, y, radius: self.pen * press(at) }).collect()
    }
}

/// The bend of the whole line.
struct Wave {
    reach: f32,
    across: (f32, f32),
    down: (f32, f32),
}

impl Wave {
    fn new(canvas: &Canvas, chance: &mut Chance) -> Self {
        let height = canvas.height as f32;
        let mut ripple =
            |shortest: f32, longest: f32| (TAU / (height * chance.between(shortest, longest)), chance.unit() * TAU);
        Self { reach: height * 0.035, across: ripple(0.7, 1.1), down: ripple(0.9, 1.6) }
    }

    fn bend(&self, (x, y): (f32, f32)) -> (f32, f32) {
        (
            x + self.reach * (y * self.across.0 + self.across.1).sin(),
            y + self.reach * (x * self.down.0 + self.down.1).sin(),
        )
    }
}

/// A movement as short steps.
pub(super) fn path(pen: Pen) -> Vec<(f32, f32)> {
    let at = |&(x, y): &(i16, i16)| (f32::from(x), f32::from(y));
    match pen {
        Pen::Straight(points) => straight(&points.iter().map(at).collect::<Vec<_>>()),
        Pen::Curved(points) => curve(&points.iter().map(at).collect::<Vec<_>>()),
    }
}

fn straight(points: &[(f32, f32)]) -> Vec<(f32, f32)> {
    let mut path = Vec::new();
    for pair in points.windows(2) {
        let &[(x, y), (to_x, to_y)] = pair else { continue };
        let steps = ((to_x - x).hypot(to_y - y) / STEP).ceil().max(1.0) as usize;
        path.extend((0..steps).map(|step| {
            let share = step as f32 / steps as f32;
            (x + (to_x - x) * share, y + (to_y - y) * share)
        }));
    }
    path.extend(points.last());
    path
}

/// A Catmull-Rom spline; closed if it ends where it begins.
pub(super) fn curve(points: &[(f32, f32)]) -> Vec<(f32, f32)> {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return Vec::new() };
    let count = points.len();
    let closed = count > 2 && first == last;
    let before = points.get(count.wrapping_sub(2)).filter(|_| closed).copied().unwrap_or(first);
    let after = points.get(1).filter(|_| closed).copied().unwrap_or(last);
    let held: Vec<(f32, f32)> =
        std::iter::once(before).chain(points.iter().copied()).chain(std::iter::once(after)).collect();
    let mut path = Vec::with_capacity(count * 4);
    for four in held.windows(4) {
        let &[a, b, c, d] = four else { continue };
        let steps = ((c.0 - b.0).hypot(c.1 - b.1) / CURVE_STEP).ceil().clamp(2.0, 24.0) as usize;
        path.extend((0..steps).map(|step| {
            let t = step as f32 / steps as f32;
            (spline([a.0, b.0, c.0, d.0], t), spline([a.1, b.1, c.1, d.1], t))
        }));
    }
    path.push(last);
    path
}

fn spline([a, b, c, d]: [f32; 4], t: f32) -> f32 {
    let cubic = 3.0 * (b - c) + d - a;
    let square = 2.0 * a - 5.0 * b + 4.0 * c - d;
    b + 0.5 * t * (c - a + t * (square + t * cubic))
}
