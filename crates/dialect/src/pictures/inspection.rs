//! Whether bytes are a picture, by their header alone: nothing is decompressed.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};

/// The first bytes in which a picture must say what it is: large profiles and previews may precede its dimensions.
pub const INSPECTED_BYTES: usize = 512 * 1024;
/// The longest side in pixels.
const LONGEST_SIDE: u32 = 8192;
/// What a header may make the decoder allocate, in bytes.
const HEADER_MEMORY: u64 = 4 * 1024 * 1024;

/// The formats that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// Portable Network Graphics.
    Png,
    /// JPEG in its usual forms.
    Jpeg,
}

/// What a picture says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspected {
    /// Its real format, whatever its name.
    pub format: PictureFormat,
    /// In pixels, 1 to 8192.
    pub width: u32,
    /// In pixels, 1 to 8192.
    pub height: u32,
}

/// Why bytes do not pass for a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPicture {
    /// Neither PNG nor JPEG.
    #[error("neither PNG nor JPEG")]
    Format,
    /// It begins like one but its header cannot be read.
    #[error("a broken header")]
    Header,
    /// Larger than 8192 pixels in a direction: to show it would cost far more than to send it.
    #[error("too many pixels")]
    Dimensions,
}

/// Inspects a picture, whole or its first [`INSPECTED_BYTES`].
///
/// # Errors
/// [`NotAPicture`].
pub fn inspect(head: &[u8]) -> Result<Inspected, NotAPicture> {
    let (guessed, format) = match image::guess_format(head) {
        Ok(ImageFormat::Png) => (ImageFormat::Png, PictureFormat::Png),
        Ok(ImageFormat::Jpeg) => (ImageFormat::Jpeg, PictureFormat::Jpeg),
        _ => return Err(NotAPicture::Format),
    };
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(HEADER_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(head), guessed);
    reader.limits(limits);
    let (width, height) = reader.into_dimensions().map_err(|_| NotAPicture::Header)?;
    match width.max(height) {
        0 => Err(NotAPicture::Header),
        _ if width == 0 || height == 0 => Err(NotAPicture::Header),
        1..=LONGEST_SIDE => Ok(Inspected { format, width, height }),
        _ => Err(NotAPicture::Dimensions),
    }
}

/// Keeps the beginning of an upload while it streams past, for [`PictureHead::inspect`].
#[derive(Debug, Default)]
pub struct PictureHead(Vec<u8>);

impl PictureHead {
    /// Takes note of the next bytes; beyond [`INSPECTED_BYTES`] they pass unseen.
    pub fn add(&mut self, chunk: &[u8]) {
        let room = INSPECTED_BYTES.saturating_sub(self.0.len());
        self.0.extend_from_slice(chunk.get(..room).unwrap_or(chunk));
    }

    /// As [`inspect`].
    ///
    /// # Errors
    /// [`NotAPicture`].
    pub fn inspect(&self) -> Result<Inspected, NotAPicture> {
        inspect(&self.0)
    }
}
