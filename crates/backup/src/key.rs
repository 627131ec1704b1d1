//! What a backup is encrypted with.

use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::BackupError;

/// A key of 32 random bytes, kept in a file as 64 hex digits.
pub struct BackupKey(Zeroizing<[u8; 32]>);

impl BackupKey {
    /// Reads a key file.
    pub fn read(path: &Path) -> Result<Self, BackupError> {
        let text = Zeroizing::new(std::fs::read_to_string(path)?);
        Self::of(&text).ok_or_else(|| BackupError::NoKey(path.display().to_string()))
    }

    /// The key that 64 hex digits are.
    pub fn of(text: &str) -> Option<Self> {
        let digits = text.trim().as_bytes();
        let mut key = Zeroizing::new([0; 32]);
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = str::from_utf8(pair).ok()?;
            if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(key))
    }

    /// The key of one file, so that no two files share one (HKDF-SHA256, RFC 5869, one block).
    pub(crate) fn of_file(&self, salt: &[u8]) -> Zeroizing<[u8; 32]> {
        let extracted = Zeroizing::new(mac(salt, &[&*self.0]));
        Zeroizing::new(mac(&*extracted, &[b"dragoman backup 1", &[1]]))
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // An HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
