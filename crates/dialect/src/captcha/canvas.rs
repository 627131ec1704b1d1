//! Pixels, and round strokes of changing width laid over them.

use std::ops::Range;

use image::codecs::jpeg::JpegEncoder;

use super::DrawError;

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

/// A round touch of the pen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dab {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) radius: f32,
}

/// An RGB picture.
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pixels: Vec<Colour>,
}

impl Canvas {
    /// An all-black picture.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[0; 3]; width * height] }
    }

    /// Every pixel with its column and row.
    pub(super) fn pixels(&mut self) -> impl Iterator<Item = (usize, usize, &mut Colour)> {
        let (columns, rows) = (0..self.width, 0..self.height);
        area(&mut self.pixels, self.width, columns, rows)
    }

    /// The pixels of a part, as far as it lies inside.
    pub(super) fn part(
        &mut self,
        columns: Range<usize>,
        rows: Range<usize>,
    ) -> impl Iterator<Item = (usize, usize, &mut Colour)> {
        area(&mut self.pixels, self.width, columns, rows)
    }

    /// The pixels around a centre, `reach` in each direction.
    pub(super) fn around(
        &mut self,
        (x, y): (f32, f32),
        reach: f32,
    ) -> impl Iterator<Item = (usize, usize, &mut Colour)> {
        let span = |at: f32| (at - reach).floor() as usize..(at + reach).ceil() as usize + 1;
        self.part(span(x), span(y))
    }

    /// A copy of a part.
    pub(super) fn cut(&self, columns: Range<usize>, rows: Range<usize>) -> Self {
        let lines = self.pixels.chunks_exact(self.width).skip(rows.start).take(rows.len());
        let pixels: Vec<Colour> = lines.filter_map(|line| line.get(columns.clone())).flatten().copied().collect();
        Self { width: columns.len(), height: pixels.len() / columns.len().max(1), pixels }
    }

    /// One pixel, coordinates taken modulo the size.
    pub(super) fn wrapped(&self, x: usize, y: usize) -> Colour {
        let at = (y % self.height.max(1)) * self.width + x % self.width.max(1);
        self.pixels.get(at).copied().unwrap_or_default()
    }

    /// Lays a colour over all that the mask covers.
    pub(super) fn ink(&mut self, mask: &Mask, colour: Colour) {
        let cells = mask.touched.start * self.width..(mask.touched.end * self.width).min(self.pixels.len());
        let (Some(pixels), Some(cover)) = (self.pixels.get_mut(cells.clone()), mask.cover.get(cells)) else { return };
        for (pixel, &cover) in pixels.iter_mut().zip(cover).filter(|(_, cover)| **cover > 0) {
            blend(pixel, colour, f32::from(cover) / 255.0);
        }
    }

    /// The picture as a PNG, 8-bit RGB.
    pub(super) fn png(&self) -> Result<Vec<u8>, DrawError> {
        let mut file = Vec::with_capacity(self.pixels.len() * 2);
        let mut encoder = png::Encoder::new(&mut file, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        // Measured: the crate's fastest ways give 15 KB for medusa's picture, this one 10 KB in 0.2 ms.
        encoder.set_deflate_compression(png::DeflateCompression::Level(1));
        encoder.set_filter(png::Filter::NoFilter);
        let mut writer = encoder.write_header().map_err(|_| DrawError::Encoding)?;
        writer.write_image_data(self.pixels.as_flattened()).map_err(|_| DrawError::Encoding)?;
        writer.finish().map_err(|_| DrawError::Encoding)?;
        Ok(file)
    }

    /// The picture as a JPEG; `quality` from 1 to 100.
    pub(super) fn jpeg(&self, quality: u8) -> Result<Vec<u8>, DrawError> {
        let mut file = Vec::with_capacity(self.pixels.len() / 2);
        JpegEncoder::new_with_quality(&mut file, quality)
            .encode(self.pixels.as_flattened(), self.width as u32, self.height as u32, image::ExtendedColorType::Rgb8)
            .map_err(|_| DrawError::Encoding)?;
        Ok(file)
    }
}

/// Moves a pixel towards a colour: not at all at 0, all the way at 1.
pub(super) fn blend(pixel: &mut Colour, colour: Colour, share: f32) {
    for (old, new) in pixel.iter_mut().zip(colour) {
        *old = (f32::from(*old) + (f32::from(new) - f32::from(*old)) * share + 0.5) as u8;
    }
}

/// How far each pixel of a canvas is covered. Strokes of one mask do not darken each other where they overlap.
pub(super) struct Mask {
    width: usize,
    cover: Vec<u8>,
    /// The rows that a stroke came near.
    touched: Range<usize>,
}

impl Mask {
    /// An empty mask for a canvas.
    pub(super) fn of(canvas: &Canvas) -> Self {
        Self { width: canvas.width, cover: vec![0; canvas.pixels.len()], touched: canvas.height..0 }
    }

    /// Draws the pen along the dabs; a single one is a dot.
    pub(super) fn stroke(&mut self, dabs: &[Dab]) {
        if let [dot] = dabs {
            self.segment(*dot, *dot);
        }
        for pair in dabs.windows(2) {
            if let [from, to] = pair {
                self.segment(*from, *to);
            }
        }
    }

    /// Pixels inked in both masks, and in either.
    #[cfg(test)]
    pub(super) fn overlap(&self, other: &Self) -> (usize, usize) {
        let inked = self.cover.iter().zip(&other.cover).map(|(one, other)| (*one > 127, *other > 127));
        inked.fold((0, 0), |(both, either), (one, other)| {
            (both + usize::from(one && other), either + usize::from(one || other))
        })
    }

    /// Takes every stroke away.
    pub(super) fn clear(&mut self) {
        let cells = self.touched.start * self.width..(self.touched.end * self.width).min(self.cover.len());
        if let Some(cover) = self.cover.get_mut(cells) {
            cover.fill(0);
        }
        self.touched = self.cover.len() / self.width.max(1)..0;
    }

    fn segment(&mut self, from: Dab, to: Dab) {
        let reach = from.radius.max(to.radius) + 1.0;
        let span = |a: f32, b: f32| (a.min(b) - reach).floor() as usize..(a.max(b) + reach).ceil() as usize + 1;
        let (along_x, along_y) = (to.x - from.x, to.y - from.y);
        let per_length = 1.0 / (along_x * along_x + along_y * along_y).max(1e-6);
        let (columns, rows) = (span(from.x, to.x), span(from.y, to.y));
        self.touched = self.touched.start.min(rows.start)..self.touched.end.max(rows.end);
        for (row, line) in lines(&mut self.cover, self.width, &columns, &rows) {
            let y = row as f32 + 0.5 - from.y;
            // The innermost loop: without a branch, a division or `hypot`, so that several pixels are done at once.
            for (column, cover) in (columns.start as i32..).zip(line) {
                let x = column as f32 + 0.5 - from.x;
                let share = ((x * along_x + y * along_y) * per_length).clamp(0.0, 1.0);
                let (off_x, off_y) = (x - share * along_x, y - share * along_y);
                let distance = (off_x * off_x + off_y * off_y).sqrt();
                let radius = from.radius + (to.radius - from.radius) * share;
                *cover = (*cover).max(((radius - distance + 0.5).clamp(0.0, 1.0) * 255.0) as u8);
            }
        }
    }
}

/// The cells of a rectangle, as far as it lies inside the rows of `width` cells.
fn area<T>(
    cells: &mut [T],
    width: usize,
    columns: Range<usize>,
    rows: Range<usize>,
) -> impl Iterator<Item = (usize, usize, &mut T)> {
    let start = columns.start;
    lines(cells, width, &columns, &rows)
        .flat_map(move |(row, line)| line.iter_mut().enumerate().map(move |(column, cell)| (start + column, row, cell)))
}

/// The lines of a rectangle, as far as it lies inside the rows of `width` cells, each with its row.
fn lines<'c, T>(
    cells: &'c mut [T],
    width: usize,
    columns: &Range<usize>,
    rows: &Range<usize>,
) -> impl Iterator<Item = (usize, &'c mut [T])> + use<'c, T> {
    let columns = columns.start.min(width)..columns.end.min(width);
    let lines = cells.chunks_exact_mut(width.max(1)).enumerate().skip(rows.start).take(rows.len());
    lines.filter_map(move |(row, line)| Some((row, line.get_mut(columns.clone())?)))
}
