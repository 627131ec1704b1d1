//! Pictures that a person reads and a program should not: image captchas (medusa 2.1, php 8.2) and v1's slider (v1
//! section 3). Everything is drawn from scratch: no font, no stock picture, nothing to look up.

mod canvas;
mod chance;
mod glyphs;
mod ink;
mod lettering;
mod noise;
mod scenery;
mod shape;
mod slider;

use dragoman_passwords::random::Randomness;

use canvas::Canvas;
use chance::Chance;
pub use slider::{PIECE_SIDE, SLIDER_HEIGHT, SLIDER_WIDTH, Slider, draw_slider, draw_slider_aside};

/// The longest text a captcha shows, in characters.
const LONGEST: usize = 12;

/// Why no picture came out; only a wrong call gives one, never a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// Glyphs exist for `a` to `z` and `0` to `9`.
    #[error("the text has a character without a glyph")]
    NoGlyph,
    /// A text has 1 to 12 characters.
    #[error("a text of {0} characters")]
    Length(usize),
    /// A picture has 40 to 1000 by 20 to 400 pixels.
    #[error("a picture of {0} by {1} pixels")]
    Size(u32, u32),
    /// The hole of a slider lies inside the picture.
    #[error("a hole at {0}, {1} is not inside the picture")]
    Hole(u32, u32),
    /// The thread that drew was stopped with the process.
    #[error("drawing was stopped")]
    Stopped,
    /// The encoder refused.
    #[error("the picture could not be encoded")]
    Encoding,
}

/// A captcha as a PNG of 8-bit RGB, `size` (width, height) in pixels, showing `text`.
///
/// Glyphs are turned, sheared, bent and touch each other; lines, hooks and dots have the colours and nearly the widths
/// of letters, so that neither colour nor connectedness tells them apart. What letters differ by when a person
/// compares them (ascenders, descenders, bars) is kept: nothing is mirrored or turned by more than 13 degrees.
/// CPU work without any waiting, well below a millisecond at 160 by 60 pixels.
///
/// # Errors
/// [`DrawError`] for a text or size outside its bounds.
pub fn draw(text: &str, size: (u32, u32), randomness: &dyn Randomness) -> Result<Vec<u8>, DrawError> {
    let (width, height) = size;
    if !(40..=1000).contains(&width) || !(20..=400).contains(&height) {
        return Err(DrawError::Size(width, height));
    }
    let length = text.chars().count();
    if !(1..=LONGEST).contains(&length) {
        return Err(DrawError::Length(length));
    }
    let glyphs = text.chars().map(glyphs::glyph).collect::<Option<Vec<_>>>().ok_or(DrawError::NoGlyph)?;

    let mut chance = Chance::new(randomness);
    let mut canvas = Canvas::new(width as usize, height as usize);
    let paper = noise::paper(&mut canvas, &mut chance);
    let ink = ink::Ink::new(&mut chance);
    noise::specks(&mut canvas, &ink, &mut chance);
    lettering::write(&mut canvas, &glyphs, &ink, &mut chance);
    noise::lines(&mut canvas, &ink, paper, &mut chance);
    noise::grain(&mut canvas, &mut chance);
    canvas.png()
}

#[cfg(test)]
mod tests;
