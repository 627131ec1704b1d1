//! v1's slider: a picture with a grey hole, and the piece that belongs there (v1 section 3).

use dragoman_passwords::random::Randomness;
use tokio::task::spawn_blocking;

use super::DrawError;
use super::canvas::{Canvas, Colour, blend};
use super::chance::Chance;
use super::scenery::scenery;
use super::shape::{Outline, Shape};

/// The picture's width in pixels; clients do not scale it.
pub const SLIDER_WIDTH: u32 = 310;
/// The picture's height in pixels.
pub const SLIDER_HEIGHT: u32 = 160;
/// Side of the square hole and piece in pixels.
pub const PIECE_SIDE: u32 = 50;

/// Grey areas besides the hole.
const DECOYS: usize = 5;
/// Free pixels between the hole and any of them, so that a person sees the whole square.
const GAP: f32 = 5.0;

/// The two pictures of one challenge.
#[derive(Debug, Clone)]
pub struct Slider {
    /// 310 by 160 pixels with the hole.
    pub background_jpeg: Vec<u8>,
    /// The 50 by 50 pixels that were where the hole is.
    pub piece_jpeg: Vec<u8>,
}

/// Draws a challenge whose hole has its upper left corner at (`x`, `y`).
///
/// The hole is about rgba(111, 111, 111, 0.6) as in the original. Other grey areas of the same look lie at the same
/// height: tilted, round, or of plainly other proportions, which a person sees at once. The piece is a plain cut, as
/// the contract has it, so a program that searches for the piece itself finds its place; the picture only defeats
/// those that look for a grey pixel, an edge or a known stock picture.
/// CPU work of a few milliseconds: on a request worker use [`draw_slider_aside`].
///
/// # Errors
/// [`DrawError::Hole`] if the hole is not inside the picture.
pub fn draw_slider(x: u32, y: u32, randomness: &dyn Randomness) -> Result<Slider, DrawError> {
    draw_by(x, y, Chance::new(randomness))
}

/// [`draw_slider`] on a thread where blocking is allowed.
///
/// # Errors
/// [`DrawError::Hole`], and [`DrawError::Stopped`] while the process ends.
pub async fn draw_slider_aside(x: u32, y: u32, randomness: &dyn Randomness) -> Result<Slider, DrawError> {
    let chance = Chance::new(randomness);
    spawn_blocking(move || draw_by(x, y, chance)).await.map_err(|_| DrawError::Stopped)?
}

fn draw_by(x: u32, y: u32, mut chance: Chance) -> Result<Slider, DrawError> {
    if x.saturating_add(PIECE_SIDE) > SLIDER_WIDTH || y.saturating_add(PIECE_SIDE) > SLIDER_HEIGHT {
        return Err(DrawError::Hole(x, y));
    }
    let mut canvas = scenery(SLIDER_WIDTH as usize, SLIDER_HEIGHT as usize, &mut chance);
    let span = |from: u32| from as usize..(from + PIECE_SIDE) as usize;
    let piece = canvas.cut(span(x), span(y));

    let fog = Fog::new(&mut chance);
    for (index, decoy) in decoys(x as f32, y as f32, &mut chance).into_iter().enumerate() {
        // One of them carries the piece's own texture: a search for it finds two places.
        if index == 0 {
            paste(&mut canvas, &piece, decoy);
        }
        for (column, row, pixel) in canvas.around(decoy.centre, decoy.reach()) {
            fog.over(pixel, decoy.covers(column, row), &mut chance);
        }
    }
    for (_, _, pixel) in canvas.part(span(x), span(y)) {
        fog.over(pixel, 1.0, &mut chance);
    }
    Ok(Slider { background_jpeg: canvas.jpeg(82)?, piece_jpeg: piece.jpeg(90)? })
}

/// The grey of one picture.
struct Fog {
    grey: f32,
    share: f32,
}

impl Fog {
    fn new(chance: &mut Chance) -> Self {
        Self { grey: chance.between(106.0, 116.0), share: chance.between(0.57, 0.64) }
    }

    /// Covers a pixel, grainy so that what lies beneath cannot simply be computed back.
    fn over(&self, pixel: &mut Colour, cover: f32, chance: &mut Chance) {
        if cover > 0.0 {
            let grey = (self.grey + chance.around(16.0)) as u8;
            blend(pixel, [grey; 3], cover * self.share);
        }
    }
}

/// Grey areas that are not an upright square of the piece's size, none of them over the hole. The first three lie at
/// the hole's height if there is room.
pub(super) fn decoys(x: f32, y: f32, chance: &mut Chance) -> Vec<Shape> {
    let side = PIECE_SIDE as f32;
    let mut found: Vec<Shape> = Vec::with_capacity(DECOYS);
    for _ in 0..60 {
        if found.len() == DECOYS {
            break;
        }
        let mut shape = odd_shape(found.len(), chance);
        let row =
            if found.len() < 3 { y + side / 2.0 + chance.around(12.0) } else { chance.unit() * SLIDER_HEIGHT as f32 };
        shape.centre = (chance.between(10.0, SLIDER_WIDTH as f32 - 10.0), row);
        let clear = |centre: (f32, f32), half: (f32, f32)| {
            let (wide, high) = extent(shape);
            (centre.0 - shape.centre.0).abs() > half.0 + wide + GAP
                || (centre.1 - shape.centre.1).abs() > half.1 + high + GAP
        };
        let hole = (x + side / 2.0, y + side / 2.0);
        if clear(hole, (side / 2.0, side / 2.0)) && found.iter().all(|other| clear(other.centre, extent(*other))) {
            found.push(shape);
        }
    }
    found
}

/// The nth decoy before it is placed: a tilted square, a disc, a bar, then any of these or a triangle.
fn odd_shape(nth: usize, chance: &mut Chance) -> Shape {
    let kind = if nth < 3 { nth as u32 } else { chance.whole(0, 3) };
    let tilt = chance.between(0.35, 0.9) * if chance.happens(0.5) { 1.0 } else { -1.0 };
    let (outline, half, turn): (_, _, f32) = match kind {
        0 => (Outline::Rectangle, (chance.between(20.0, 25.0), chance.between(20.0, 25.0)), tilt),
        1 => (Outline::Ellipse, (chance.between(19.0, 27.0), chance.between(19.0, 27.0)), 0.0),
        2 if chance.happens(0.5) => (Outline::Rectangle, (chance.between(10.0, 14.0), chance.between(24.0, 32.0)), 0.0),
        2 => (Outline::Rectangle, (chance.between(13.0, 17.0), chance.between(13.0, 17.0)), 0.0),
        _ => (Outline::Triangle, (chance.between(22.0, 28.0), chance.between(22.0, 28.0)), tilt / 2.0),
    };
    Shape { outline, centre: (0.0, 0.0), half, axis: turn.sin_cos() }
}

/// Half the width and height that a turned shape takes up.
fn extent(shape: Shape) -> (f32, f32) {
    let ((wide, high), (sine, cosine)) = (shape.half, (shape.axis.0.abs(), shape.axis.1.abs()));
    (wide * cosine + high * sine, wide * sine + high * cosine)
}

/// Lays the piece's pixels into a shape, its middle on the shape's.
fn paste(canvas: &mut Canvas, piece: &Canvas, shape: Shape) {
    let half = PIECE_SIDE as f32 / 2.0;
    let corner = |centre: f32| (centre - half).round() as i64;
    let (left, top) = (corner(shape.centre.0), corner(shape.centre.1));
    let from = |at: usize, start: i64| (at as i64 - start).rem_euclid(i64::from(PIECE_SIDE)) as usize;
    for (column, row, pixel) in canvas.around(shape.centre, shape.reach()) {
        blend(pixel, piece.wrapped(from(column, left), from(row, top)), shape.covers(column, row));
    }
}
