//! Where a chunked body ends (RFC 9112, 7.1). As strict as the parser behind it in every place where the two could see
//! different ends, and stricter: extensions and trailers are bounded and without control characters.

/// A chunked body that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadChunk;

/// How long all extensions and trailers of one body may be. Nobody reads them.
const IGNORED_BYTES: u16 = 8192;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first digit of a size.
    Size,
    /// Within or behind a size of so many bytes.
    Digits(u64),
    /// Behind the blanks that follow a size.
    Blanks(u64),
    Extension(u64),
    SizeEnds(u64),
    Data(u64),
    DataCr,
    DataLf,
    TrailerLine,
    TrailerName,
    Trailer,
    TrailerLf,
    LastLf,
    End,
}

/// The state of reading one chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunks {
    place: Place,
    ignored: u16,
    has_trailers: bool,
}

impl Default for Chunks {
    fn default() -> Self {
        Self::new()
    }
}

impl Chunks {
    /// Before its first byte.
    pub const fn new() -> Self {
        Self { place: Place::Size, ignored: 0, has_trailers: false }
    }

    /// Whether the last chunk and its trailers have been taken.
    pub fn are_over(&self) -> bool {
        self.place == Place::End
    }

    /// Whether header fields stood behind the last chunk. Many a server does not look for them, and takes them for what follows.
    pub fn have_trailers(&self) -> bool {
        self.has_trailers
    }

    /// How many of these bytes belong to the body.
    pub fn take(&mut self, bytes: &[u8]) -> Result<usize, BadChunk> {
        self.take_content(bytes, |_| ())
    }

    /// The same, with what the chunks hold given to `content`.
    pub fn take_content(&mut self, bytes: &[u8], content: impl FnMut(&[u8])) -> Result<usize, BadChunk> {
        self.take_parts(bytes, content, |_| ())
    }

    /// The same, with the lines of trailers given to `trailers`, byte by byte.
    pub fn take_parts(
        &mut self,
        bytes: &[u8],
        mut content: impl FnMut(&[u8]),
        mut trailers: impl FnMut(u8),
    ) -> Result<usize, BadChunk> {
        let mut rest = bytes;
        while !self.are_over() {
            if let Place::Data(left) = self.place {
                let taken = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                let (piece, behind) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
                content(piece);
                rest = behind;
                let left = left - taken as u64;
                self.place = if left == 0 { Place::DataCr } else { Place::Data(left) };
            }
            let Some((byte, behind)) = rest.split_first() else { break };
            if matches!(self.place, Place::TrailerLine | Place::TrailerName | Place::Trailer | Place::TrailerLf) {
                trailers(*byte);
            }
            self.place = self.step(*byte)?;
            rest = behind;
        }
        Ok(bytes.len() - rest.len())
    }

    fn step(&mut self, byte: u8) -> Result<Place, BadChunk> {
        let next = match (self.place, byte) {
            (Place::Size, _) => Place::Digits(digit(byte)?),
            (Place::Digits(size) | Place::Blanks(size), b' ' | b'\t') => self.ignore(Place::Blanks(size))?,
            (Place::Digits(size) | Place::Blanks(size) | Place::Extension(size), b'\r') => Place::SizeEnds(size),
            (Place::Digits(size) | Place::Blanks(size), b';') => Place::Extension(size),
            (Place::Digits(size), _) => Place::Digits(size.checked_mul(16).ok_or(BadChunk)? + digit(byte)?),
            (Place::Extension(size), b'\t' | b' '..=b'~' | 0x80..) => self.ignore(Place::Extension(size))?,
            (Place::SizeEnds(0), b'\n') => Place::TrailerLine,
            (Place::SizeEnds(size), b'\n') => Place::Data(size),
            (Place::DataCr, b'\r') => Place::DataLf,
            (Place::DataLf, b'\n') => Place::Size,
            (Place::TrailerLine, b'\r') => Place::LastLf,
            (Place::Trailer, b'\r') => Place::TrailerLf,
            (Place::TrailerLine | Place::TrailerName, _) if is_name(byte) => {
                self.has_trailers = true;
                self.ignore(Place::TrailerName)?
            }
            (Place::TrailerName, b':') => Place::Trailer,
            (Place::Trailer, b'\t' | b' '..=b'~' | 0x80..) => self.ignore(Place::Trailer)?,
            (Place::TrailerLf, b'\n') => Place::TrailerLine,
            (Place::LastLf, b'\n') => Place::End,
            _ => return Err(BadChunk),
        };
        Ok(next)
    }

    fn ignore(&mut self, next: Place) -> Result<Place, BadChunk> {
        self.ignored += 1;
        if self.ignored < IGNORED_BYTES { Ok(next) } else { Err(BadChunk) }
    }
}

/// Whether a field's name may hold it (RFC 9110, 5.6.2).
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn digit(byte: u8) -> Result<u64, BadChunk> {
    char::from(byte).to_digit(16).map(u64::from).ok_or(BadChunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads it whole and byte by byte; both must agree.
    fn read(body: &[u8]) -> Result<(usize, bool), BadChunk> {
        let mut whole = Chunks::new();
        let taken = whole.take(body).map(|taken| (taken, whole.are_over()));
        let mut single = Chunks::new();
        let bytewise = body.chunks(1).try_fold(0, |sum, byte| single.take(byte).map(|taken| sum + taken));
        assert_eq!(taken, bytewise.map(|sum| (sum, single.are_over())), "{body:?}");
        taken
    }

    #[test]
    fn the_end_is_found() {
        assert_eq!(read(b"2\r\nhi\r\n0\r\n\r\nGET"), Ok((12, true)));
        assert_eq!(read(b"a;x=\"y\"\r\n0123456789\r\n0 \r\nTrailer: 1\r\n\r\nX"), Ok((39, true)));
        assert_eq!(read(b"000002\r\nhi\r\n00\r\n\r\n"), Ok((18, true)));
        assert_eq!(read(b"5\r\nhi"), Ok((5, false)));
    }

    #[test]
    fn trailers_are_seen() {
        for (body, expected) in [(&b"0\r\n\r\n"[..], false), (b"0\r\nX-Sum: 1\r\n\r\n", true)] {
            let mut chunks = Chunks::new();
            assert_eq!((chunks.take(body), chunks.have_trailers()), (Ok(body.len()), expected));
        }
    }

    #[test]
    fn content_is_what_the_chunks_hold() {
        let mut content = Vec::new();
        let taken = Chunks::new().take_content(b"2;x\r\nhi\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\nGET", |piece| {
            content.extend_from_slice(piece);
        });
        assert_eq!((taken, content.as_slice()), (Ok(26), &b"hi!"[..]));
    }

    #[test]
    fn trailers_are_told_line_by_line() {
        let mut lines = Vec::new();
        let mut chunks = Chunks::new();
        for piece in b"1\r\n!\r\n0\r\nA: 1\r\nb:2\r\n\r\nGET".chunks(5) {
            chunks.take_parts(piece, |_| (), |byte| lines.push(byte)).unwrap();
        }
        assert_eq!(lines.trim_ascii_end(), b"A: 1\r\nb:2");
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_none() {
        for body in [
            &b"\r\n"[..],
            b"x\r\n",
            b"-1\r\n",
            b"+1\r\n",
            b" 1\r\n",
            b"0x1\r\n",
            b"1\nh",
            b"1\r\r\n",
            b"1 1\r\n",
            b"10000000000000000\r\n",
            b"1;a\nb\r\nh",
            b"1;\x00\r\n",
            b"1\r\nhi\r\n",
            b"1\r\nh\n0\r\n\r\n",
            b"0\r\nA: b\nC: d\r\n\r\n",
            b"0\r\nX: y\r\nPOST /login HTTP/1.1\r\n\r\n",
            b"0\r\nno field\r\n\r\n",
            b"0\r\nX : y\r\n\r\n",
            b"0\r\n: y\r\n\r\n",
            b"0\r\nX: y\r\n folded\r\n\r\n",
            b"0\r\nX\r\n\r\n",
            b"0\r\n\n",
        ] {
            assert_eq!(read(body), Err(BadChunk), "{body:?}");
        }
        let endless = [b"1;".to_vec(), vec![b'a'; 9000]].concat();
        assert_eq!(read(&endless), Err(BadChunk));
    }
}
