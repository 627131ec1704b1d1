//! Where the old servers' readers of JSON differ.

/// What a reader forgives. Nesting is bounded for all (128 levels).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonRules {
    /// UTF-16 and UTF-32 are read, with or without a byte order mark, and that of UTF-8 is skipped.
    pub(super) detects_encoding: bool,
    /// Text after the value is ignored.
    pub(super) trailing_text: bool,
    /// `NaN`, `Infinity` and `-Infinity` are numbers.
    pub(super) not_finite: bool,
    /// What is done with half a character.
    pub(super) broken_text: BrokenText,
}

/// What is done with the escape of an unpaired surrogate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BrokenText {
    /// It is malformed.
    Refused,
    /// It is U+FFFD, and so is each byte that is not UTF-8.
    Replaced,
    /// It is half a character; bytes that are not UTF-8 are malformed.
    Held,
}

impl JsonRules {
    /// Python's `json.loads` of bytes (medusa 1.4, proxy 1.7).
    pub const PYTHON: Self = Self { detects_encoding: true, ..Self::PYTHON_TEXT };
    /// Python's `json.loads` of a text (the parts of a JWT).
    pub const PYTHON_TEXT: Self =
        Self { detects_encoding: false, trailing_text: false, not_finite: true, broken_text: BrokenText::Held };
    /// Go's `json.Decoder` (v1 2).
    pub const GO: Self =
        Self { detects_encoding: false, trailing_text: true, not_finite: false, broken_text: BrokenText::Replaced };
    /// PHP's `json_decode` (frp 2.1).
    pub const PHP: Self =
        Self { detects_encoding: false, trailing_text: false, not_finite: false, broken_text: BrokenText::Refused };
}
