use std::fmt;

use base64::engine::{Engine, general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::bcrypt_text::{BcryptText, Cost, run};
use super::error::UnknownScheme;

/// The gateway's own hash: bcrypt over the base64 of SHA-256 of the secret. So bcrypt's 72 bytes never cut a password
/// and its terminating NUL never ends one early (one-domain P2).
#[derive(Clone, PartialEq, Eq)]
pub struct NativeHash(BcryptText);

impl NativeHash {
    pub(super) fn new(secret: &[u8], cost: Cost, salt: [u8; 16]) -> Self {
        Self(BcryptText { version: Some('b'), cost, salt, hash: native_bcrypt(secret, cost, salt) })
    }

    pub(super) fn parse(text: &str) -> Result<Self, UnknownScheme> {
        match BcryptText::parse(text)? {
            parts if parts.version == Some('b') => Ok(Self(parts)),
            _ => Err(UnknownScheme::Malformed("a native hash has bcrypt version 2b")),
        }
    }

    pub(super) fn cost(&self) -> Cost {
        self.0.cost
    }

    pub(super) fn salt(&self) -> [u8; 16] {
        self.0.salt
    }

    pub(super) fn verify(&self, secret: &[u8]) -> bool {
        self.has(&native_bcrypt(secret, self.0.cost, self.0.salt))
    }

    /// Whether `hash`, computed with this salt and cost, is this hash; constant time.
    pub(super) fn has(&self, hash: &[u8; 23]) -> bool {
        self.0.has(hash)
    }
}

impl fmt::Display for NativeHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The 23 bytes a [`NativeHash`] of `secret` holds.
pub(super) fn native_bcrypt(secret: &[u8], cost: Cost, salt: [u8; 16]) -> [u8; 23] {
    let digest = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(secret)));
    let mut key = Zeroizing::new(STANDARD.encode(digest.as_slice()));
    key.push('\0');
    run(key.as_bytes(), cost, salt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_passwords_and_nul_bytes_count_to_the_last_byte() {
        let long = vec![b'x'; 10_000];
        let hash = NativeHash::new(&long, Cost::MINIMUM, [1; 16]);
        assert!(hash.verify(&long));
        assert!(!hash.verify(&long[..9_999]));
        assert!(!hash.verify(&long[..72]));
        let hash = NativeHash::new(b"a\0b", Cost::MINIMUM, [1; 16]);
        assert!(hash.verify(b"a\0b"));
        assert!(!hash.verify(b"a") && !hash.verify(b"a\0c"));
        assert!(NativeHash::new(b"", Cost::MINIMUM, [1; 16]).verify(b""));
    }

    #[test]
    fn it_is_standard_bcrypt_over_the_prehash() {
        let text = NativeHash::new(b"secret", Cost::MINIMUM, [9; 16]).to_string();
        assert!(bcrypt::verify("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", &text).unwrap());
        assert!(!bcrypt::verify("secret", &text).unwrap());
    }
}
