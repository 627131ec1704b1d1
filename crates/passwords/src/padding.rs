//! The ways in which foreign texts write bytes in base64.

use base64::alphabet::{Alphabet, STANDARD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Ordinary base64, with or without `=` at the end.
pub(super) const STANDARD_LENIENT: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);

/// passlib's: `.` in the place of `+`, no padding.
pub(super) const ADAPTED: GeneralPurpose = GeneralPurpose::new(&ADAPTED_ALPHABET, LENIENT);

const ADAPTED_ALPHABET: Alphabet =
    match Alphabet::new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./") {
        Ok(alphabet) => alphabet,
        Err(_) => STANDARD,
    };
