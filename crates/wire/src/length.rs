//! What header lines say about the length of a body, if they say it in one way only.

use crate::{BadHead, chunks::Chunks, framing::Framing};

/// What has been said so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BodyLength {
    length: Option<u64>,
    chunked: bool,
}

impl BodyLength {
    /// Looks at a line; most say nothing about it. A second length, another coding than exactly `chunked`, or any coding in
    /// HTTP/1.0 could be read differently by somebody else.
    pub fn hear(&mut self, name: &str, value: &[u8], is_old: bool) -> Result<(), BadHead> {
        match name.len() {
            14 if name.eq_ignore_ascii_case("Content-Length") => {
                let length = decimal(value).ok_or(BadHead::Malformed)?;
                if self.length.replace(length).is_some() {
                    return Err(BadHead::Malformed);
                }
            }
            17 if name.eq_ignore_ascii_case("Transfer-Encoding") => {
                if self.chunked || is_old || !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                    return Err(BadHead::Malformed);
                }
                self.chunked = true;
            }
            _ => {}
        }
        Ok(())
    }

    /// How the end is known; `None`: no line says it. Both at once are refused.
    pub fn framing(self) -> Result<Option<Framing>, BadHead> {
        match (self.length, self.chunked) {
            (Some(_), true) => Err(BadHead::Malformed),
            (Some(length), false) => Ok(Some(Framing::Length(length))),
            (None, true) => Ok(Some(Framing::Chunked(Chunks::new()))),
            (None, false) => Ok(None),
        }
    }

    /// Whether a `Content-Length` was among the lines.
    pub fn is_stated(self) -> bool {
        self.length.is_some()
    }
}

/// Digits alone: no sign, no list, nothing that two readers could read differently.
fn decimal(value: &[u8]) -> Option<u64> {
    let digits = value.trim_ascii();
    let digits = digits.iter().all(u8::is_ascii_digit).then_some(digits)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
