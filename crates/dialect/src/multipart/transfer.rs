//! `Content-Transfer-Encoding`, undone as the bytes come.

use super::{MultipartError, reading::Reading};

/// How the content of a part is written.
pub(super) enum Transfer {
    /// As it is.
    Plain,
    /// Four letters for three bytes; whatever is no letter is skipped.
    Base64(Letters),
    /// `=XX` for a byte, `=` at the end of a line that goes on.
    QuotedPrintable(Quoted),
}

/// Letters that make no three bytes yet.
#[derive(Default)]
pub(super) struct Letters {
    bits: u32,
    count: u8,
}

/// What an unfinished escape or line may still become.
#[derive(Default)]
pub(super) struct Quoted {
    escape: Vec<u8>,
    blanks: Vec<u8>,
}

impl Transfer {
    /// The encoding of that name, if the server decodes it: Django reads base64, Go quoted-printable; others leave a part
    /// as it is.
    pub fn named(name: &str, reading: Reading) -> Self {
        match (reading, name.to_ascii_lowercase().as_str()) {
            (Reading::Django, "base64") => Self::Base64(Letters::default()),
            (Reading::Django | Reading::Go, "quoted-printable") => Self::QuotedPrintable(Quoted::default()),
            _ => Self::Plain,
        }
    }

    /// Whether content leaves as it came.
    pub fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// The bytes that these stand for, as far as they are complete.
    pub fn decode(&mut self, encoded: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::with_capacity(encoded.len());
        match self {
            Self::Plain => decoded.extend_from_slice(encoded),
            Self::Base64(letters) => encoded.iter().for_each(|byte| letters.add(*byte, &mut decoded)),
            Self::QuotedPrintable(quoted) => encoded.iter().for_each(|byte| quoted.add(*byte, &mut decoded)),
        }
        decoded
    }

    /// Whether nothing is wanting at the end.
    pub fn finish(&self) -> Result<(), MultipartError> {
        match self {
            Self::Base64(Letters { count: 1.., .. }) => Err(MultipartError::Malformed),
            Self::Base64(_) | Self::QuotedPrintable(_) | Self::Plain => Ok(()),
        }
    }
}

impl Letters {
    fn add(&mut self, byte: u8, decoded: &mut Vec<u8>) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => return self.pad(decoded),
            _ => return,
        };
        self.bits = self.bits << 6 | u32::from(value);
        self.count += 1;
        if self.count == 4 {
            let [_, first, second, third] = self.bits.to_be_bytes();
            decoded.extend_from_slice(&[first, second, third]);
            *self = Self::default();
        }
    }

    fn pad(&mut self, decoded: &mut Vec<u8>) {
        let [_, first, second, _] = (self.bits << (6 * u32::from(4 - self.count.min(4)))).to_be_bytes();
        match self.count {
            2 => decoded.push(first),
            3 => decoded.extend_from_slice(&[first, second]),
            // A letter alone stays wanting; with none it is the second sign.
            _ => return,
        }
        *self = Self::default();
    }
}

impl Quoted {
    fn add(&mut self, byte: u8, decoded: &mut Vec<u8>) {
        match (self.escape.as_slice(), byte) {
            ([], b'=') => {
                decoded.append(&mut self.blanks);
                self.escape.push(byte);
            }
            // Blanks at the end of a line were put there on the way.
            ([], b' ' | b'\t') => self.blanks.push(byte),
            ([], b'\r' | b'\n') => {
                self.blanks.clear();
                decoded.push(byte);
            }
            ([], byte) => {
                decoded.append(&mut self.blanks);
                decoded.push(byte);
            }
            ([_], b'\n') | ([_, b'\r'], b'\n') => self.escape.clear(),
            ([_], byte) if byte == b'\r' || byte.is_ascii_hexdigit() => self.escape.push(byte),
            ([_, first], second) if *first != b'\r' && second.is_ascii_hexdigit() => {
                decoded.push(digit(*first) << 4 | digit(second));
                self.escape.clear();
            }
            // No escape after all.
            (_, byte) => {
                decoded.append(&mut self.escape);
                self.add(byte, decoded);
            }
        }
    }
}

fn digit(hex: u8) -> u8 {
    char::from(hex).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(mut transfer: Transfer, text: &str, piece: usize) -> Result<Vec<u8>, MultipartError> {
        let bytes = text.as_bytes().chunks(piece).flat_map(|piece| transfer.decode(piece)).collect();
        transfer.finish().map(|()| bytes)
    }

    #[test]
    fn base64_in_pieces_of_any_size() {
        for piece in 1..9 {
            let read = |text| decoded(Transfer::named(" Base64".trim(), Reading::Django), text, piece);
            assert_eq!(read("aGVs\r\nbG8gd29y\r\nbGQ=\r\n").unwrap(), b"hello world");
            assert_eq!(read("/+8=").unwrap(), [0xff, 0xef]);
            assert_eq!(read("QQ==QkM=").unwrap(), b"ABC");
            assert_eq!(read("").unwrap(), b"");
            for short in ["Q", "QUI", "QUJDRA"] {
                assert_eq!(read(short), Err(MultipartError::Malformed), "{short}");
            }
        }
    }

    #[test]
    fn quoted_printable_in_pieces_of_any_size() {
        for piece in 1..9 {
            let read = |text| decoded(Transfer::named("Quoted-Printable", Reading::Go), text, piece).unwrap();
            assert_eq!(read("a=3Db=\r\nc =  \t\r\nd=\nn=E9=e9="), b"a=bc =\r\ndn\xe9\xe9");
            assert_eq!(read("=zz ==3d=4"), b"=zz ==");
        }
    }

    #[test]
    fn servers_decode_what_they_know() {
        for (reading, name) in [
            (Reading::Php, "base64"),
            (Reading::Go, "base64"),
            (Reading::Php, "quoted-printable"),
            (Reading::Django, "binary"),
        ] {
            assert!(Transfer::named(name, reading).is_plain());
        }
    }
}
