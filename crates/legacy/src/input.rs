//! The bytes of a file, unpacked, a window at a time.

use crate::progress::Progress;
use crate::reader::Context;
use crate::zstd::Frames;
use crate::{LARGEST_ROW, LegacyError, Place};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The least a window holds before it is filled again.
const WINDOW: usize = 256 << 10;

/// A stream of bytes that can be looked at before it is taken.
pub(crate) struct Input {
    stream: Box<dyn Read + Send>,
    /// What has been read: `window[at..]` is still to be taken.
    window: Vec<u8>,
    at: usize,
    /// Where in the stream `window` begins.
    start: u64,
    ended: bool,
    file: String,
}

impl Input {
    /// Opens a file, which may be packed by gzip or zstd: its first bytes tell.
    pub fn open(path: &Path, progress: &Progress) -> Result<Input, LegacyError> {
        let file = path.display().to_string();
        let unreadable = |cause| LegacyError::Unreadable { file: file.clone(), cause };
        let raw = Counted { inner: File::open(path).map_err(unreadable)?, progress: progress.clone() };
        let stream = unpacked(Box::new(raw)).map_err(unreadable)?;
        Ok(Input::new(stream, file))
    }

    /// Opens a file and starts counting its bytes.
    pub fn open_counted(path: &Path, context: &Context) -> Result<Input, LegacyError> {
        context.progress.start(std::fs::metadata(path).map_or(0, |metadata| metadata.len()));
        Input::open(path, &context.progress)
    }

    /// Opens a part of a file.
    pub fn open_part(path: &Path, offset: u64, length: u64, progress: &Progress) -> Result<Input, LegacyError> {
        let mut whole = Input::open(path, progress)?;
        let file = whole.file.clone();
        let cut = |cause| LegacyError::Unreadable { file: file.clone(), cause };
        io::copy(&mut whole.stream.by_ref().take(offset), &mut io::sink()).map_err(cut)?;
        Ok(Input::new(Box::new(whole.stream.take(length)), whole.file))
    }

    /// Any stream, under a name for messages.
    pub fn new(stream: Box<dyn Read + Send>, file: String) -> Input {
        Input { stream, window: Vec::with_capacity(WINDOW), at: 0, start: 0, ended: false, file }
    }

    /// The name for messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How many bytes have been taken.
    pub fn offset(&self) -> u64 {
        self.start + self.at as u64
    }

    /// What can be looked at without reading more; empty only at the end of the stream.
    #[inline]
    pub fn window(&mut self) -> Result<&[u8], LegacyError> {
        if self.at >= self.window.len() {
            self.fill(1)?;
        }
        Ok(self.window.get(self.at..).unwrap_or_default())
    }

    /// At least `count` bytes to look at, or all that are left.
    #[inline]
    pub fn ahead(&mut self, count: usize) -> Result<&[u8], LegacyError> {
        if self.window.len() - self.at < count {
            self.fill(count)?;
        }
        Ok(self.window.get(self.at..).unwrap_or_default())
    }

    /// The next byte, not taken.
    #[inline]
    pub fn peek(&mut self) -> Result<Option<u8>, LegacyError> {
        match self.window.get(self.at) {
            Some(byte) => Ok(Some(*byte)),
            None => Ok(self.window()?.first().copied()),
        }
    }

    /// The next byte.
    #[inline]
    pub fn next(&mut self) -> Result<Option<u8>, LegacyError> {
        let byte = self.peek()?;
        self.at += usize::from(byte.is_some());
        Ok(byte)
    }

    /// Takes bytes that were looked at.
    #[inline]
    pub fn take(&mut self, count: usize) {
        self.at = (self.at + count).min(self.window.len());
    }

    /// The last `count` bytes taken, if they are still there.
    pub fn behind(&self, count: usize) -> Option<&[u8]> {
        self.window.get(self.at.checked_sub(count)?..self.at)
    }

    /// Takes `word` if it is next (letter case does not matter).
    pub fn take_if(&mut self, word: &[u8]) -> Result<bool, LegacyError> {
        let next = self.ahead(word.len())?.get(..word.len());
        let found = next.is_some_and(|next| next.eq_ignore_ascii_case(word));
        if found {
            self.take(word.len());
        }
        Ok(found)
    }

    /// Goes over bytes; to the end of the stream at most.
    pub fn skip(&mut self, mut count: u64) -> Result<(), LegacyError> {
        while count > 0 {
            let here = self.window()?.len().min(usize::try_from(count).unwrap_or(usize::MAX));
            if here == 0 {
                return Ok(());
            }
            self.take(here);
            count -= here as u64;
        }
        Ok(())
    }

    /// How many bytes the line has that begins here, without its end; all of it can be looked at then.
    pub fn line(&mut self) -> Result<usize, LegacyError> {
        let mut known = 0;
        loop {
            let ahead = self.ahead(known + 1)?;
            if let Some(end) = memchr::memchr(b'\n', ahead.get(known..).unwrap_or_default()) {
                return Ok(known + end);
            }
            if ahead.len() == known {
                return Ok(known);
            }
            known = ahead.len();
            if known > LARGEST_ROW {
                return Err(self.malformed("a line of more than 16 MiB"));
            }
        }
    }

    /// An error about the content, here.
    pub fn malformed(&self, what: impl Into<String>) -> LegacyError {
        self.malformed_at(self.offset(), what)
    }

    /// An error about the content, so many bytes from the start.
    pub fn malformed_at(&self, offset: u64, what: impl Into<String>) -> LegacyError {
        let place = Place { file: self.file.clone(), offset: Some(offset), ..Place::default() };
        LegacyError::Malformed { place: Box::new(place), what: what.into() }
    }

    #[cold]
    fn fill(&mut self, count: usize) -> Result<(), LegacyError> {
        self.window.drain(..self.at);
        self.start += self.at as u64;
        self.at = 0;
        while self.window.len() < count && !self.ended {
            let more = count.max(WINDOW) - self.window.len();
            let read = self.stream.by_ref().take(more as u64).read_to_end(&mut self.window);
            let read = read.map_err(|cause| LegacyError::Unreadable { file: self.file.clone(), cause })?;
            self.ended = read < more;
        }
        Ok(())
    }
}

/// The stream inside a gzip or zstd stream, or the stream itself.
fn unpacked(mut raw: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut start = Vec::new();
    raw.by_ref().take(4).read_to_end(&mut start)?;
    let whole = io::Cursor::new(start.clone()).chain(raw);
    match *start {
        [0x1f, 0x8b, ..] => Ok(Box::new(flate2::read::MultiGzDecoder::new(whole))),
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Ok(Box::new(Frames::new(Box::new(whole)))),
        _ => Ok(Box::new(whole)),
    }
}

/// Counts what is read of the packed file.
struct Counted {
    inner: File,
    progress: Progress,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.progress.advance(read as u64);
        Ok(read)
    }
}
