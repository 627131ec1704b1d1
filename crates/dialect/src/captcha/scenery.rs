//! A picture nobody has seen before: clouded ground, shapes and ribbons in a few colours.

use std::f32::consts::TAU;

use super::canvas::{Canvas, Colour, Dab, Mask, blend};
use super::chance::Chance;
use super::lettering::curve;
use super::shape::{Outline, Shape};

/// The colours of one picture.
type Palette = [Colour; 4];

/// Draws a picture of the given size.
pub(super) fn scenery(width: usize, height: usize, chance: &mut Chance) -> Canvas {
    let mut canvas = Canvas::new(width, height);
    let palette = palette(chance);
    ground(&mut canvas, &palette, chance);
    for _ in 0..chance.whole(16, 24) {
        let shape = any_shape(&canvas, chance);
        fill(&mut canvas, shape, colour(&palette, chance), chance);
    }
    for _ in 0..chance.whole(3, 6) {
        ribbon(&mut canvas, colour(&palette, chance), chance);
    }
    for _ in 0..chance.whole(10, 16) {
        let shape = any_shape(&canvas, chance);
        let half = (chance.between(3.0, 11.0), chance.between(3.0, 11.0));
        fill(&mut canvas, Shape { half, ..shape }, colour(&palette, chance), chance);
    }
    for (_, _, pixel) in canvas.pixels() {
        let [byte, ..] = chance.bytes();
        blend(pixel, [byte; 3], 0.07);
    }
    canvas
}

/// Colours around two opposite hues, from dark to light.
fn palette(chance: &mut Chance) -> Palette {
    let hue = chance.unit();
    let mut tone = |depth: f32, swing: f32| {
        let turn = TAU * (hue + chance.around(0.12) + if chance.happens(0.4) { 0.5 } else { 0.0 });
        [0.0, 1.0, 2.0].map(|third| (depth + swing * (turn + third * TAU / 3.0).cos()) as u8)
    };
    [tone(60.0, 40.0), tone(110.0, 70.0), tone(165.0, 70.0), tone(205.0, 45.0)]
}

fn colour(palette: &Palette, chance: &mut Chance) -> Colour {
    let [a, b, c, d] = *palette;
    let mut colour = *[a, b, c, d].get(chance.whole(0, 3) as usize).unwrap_or(&a);
    blend(&mut colour, b, chance.between(0.0, 0.5));
    colour
}

/// Clouds of value noise in three sizes, coloured along the palette.
fn ground(canvas: &mut Canvas, palette: &Palette, chance: &mut Chance) {
    let [dark, middle, light, brightest] = *palette;
    let clouds = [(46.0, 0.55), (19.0, 0.3), (8.0, 0.15)].map(|(grid, share)| Cloud::new(canvas, grid, share, chance));
    let (width, height) = (canvas.width, canvas.height);
    let mut heights = vec![0.0f32; width * height];
    for cloud in &clouds {
        cloud.add_to(&mut heights, width);
    }
    for ((_, _, pixel), &level) in canvas.pixels().zip(&heights) {
        let level = ((level - 0.5) * 1.7 + 0.5).clamp(0.0, 0.999) * 3.0;
        let (from, to) = match level as u8 {
            0 => (dark, middle),
            1 => (middle, light),
            _ => (light, brightest),
        };
        *pixel = from;
        blend(pixel, to, level.fract());
    }
}

/// Random heights on a grid, smooth between its points.
struct Cloud {
    grid: f32,
    columns: usize,
    heights: Vec<f32>,
}

impl Cloud {
    fn new(canvas: &Canvas, grid: f32, share: f32, chance: &mut Chance) -> Self {
        let points = |length: usize| (length as f32 / grid) as usize + 2;
        let (columns, rows) = (points(canvas.width), points(canvas.height));
        Self { grid, columns, heights: (0..columns * rows).map(|_| chance.unit() * share).collect() }
    }

    fn add_to(&self, heights: &mut [f32], width: usize) {
        let across: Vec<(usize, f32)> = (0..width).map(|x| self.cell(x)).collect();
        for (y, line) in heights.chunks_exact_mut(width).enumerate() {
            let (row, down) = self.cell(y);
            let [upper, lower] = [row, row + 1].map(|row| self.heights.chunks_exact(self.columns).nth(row));
            let (Some(upper), Some(lower)) = (upper, lower) else { continue };
            let mixed: Vec<f32> = upper.iter().zip(lower).map(|(up, low)| up + (low - up) * down).collect();
            for (height, &(column, share)) in line.iter_mut().zip(&across) {
                if let Some(&[left, right]) = mixed.get(column..column + 2) {
                    *height += left + (right - left) * share;
                }
            }
        }
    }

    /// The grid cell of a coordinate and the smoothed way through it.
    fn cell(&self, at: usize) -> (usize, f32) {
        let place = at as f32 / self.grid;
        let way = place.fract();
        (place as usize, way * way * (3.0 - 2.0 * way))
    }
}

/// A shape anywhere, of any size up to a third of the picture.
fn any_shape(canvas: &Canvas, chance: &mut Chance) -> Shape {
    let outline = match chance.whole(0, 2) {
        0 => Outline::Rectangle,
        1 => Outline::Ellipse,
        _ => Outline::Triangle,
    };
    Shape {
        outline,
        centre: (chance.unit() * canvas.width as f32, chance.unit() * canvas.height as f32),
        half: (chance.between(8.0, 46.0), chance.between(8.0, 34.0)),
        // Upright ones too: the hole must not be the only thing with level and plumb edges.
        axis: if chance.happens(0.45) { 0.0 } else { chance.around(1.6) }.sin_cos(),
    }
}

/// Fills a shape plainly, in stripes or in checks, half transparent or nearly opaque.
fn fill(canvas: &mut Canvas, shape: Shape, colour: Colour, chance: &mut Chance) {
    let share = chance.between(0.45, 0.95);
    let (grid, weave, slant) = (chance.between(0.04, 0.11), chance.whole(0, 2), chance.around(1.0));
    for (x, y, pixel) in canvas.around(shape.centre, shape.reach()) {
        let cover = shape.covers(x, y);
        if cover <= 0.0 {
            continue;
        }
        let (across, down) = (x as f32 + slant * y as f32, y as f32);
        let woven = match weave {
            0 => 1.0,
            1 => 0.4 + 0.6 * swing(across * grid),
            _ => 0.4 + 0.6 * swing(across * grid) * swing(down * grid),
        };
        blend(pixel, colour, cover * share * woven);
    }
}

/// From 0 to 1 and back within each unit; a sine would take ten times as long.
fn swing(at: f32) -> f32 {
    // Far from zero, so that rounding down is the same as cutting off.
    let at = at + 1024.0;
    (2.0 * (at - (at as u32) as f32) - 1.0).abs()
}

/// A bent band from edge to edge.
fn ribbon(canvas: &mut Canvas, colour: Colour, chance: &mut Chance) {
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    let knots: Vec<(f32, f32)> =
        (0..=4).map(|at| (width * (at as f32 * 0.27 - 0.04), height * chance.between(0.0, 1.0))).collect();
    let radius = chance.between(1.0, 5.0);
    let dabs: Vec<Dab> = curve(&knots).into_iter().map(|(x, y)| Dab { x, y, radius }).collect();
    let mut mask = Mask::of(canvas);
    mask.stroke(&dabs);
    canvas.ink(&mask, colour);
}
