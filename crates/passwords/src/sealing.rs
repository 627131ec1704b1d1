use std::fmt;

use base64::engine::{Engine, general_purpose::STANDARD_NO_PAD};
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::error::UnknownScheme;
use super::hex;
use super::random::Randomness;
use super::scheme::Scheme;

/// The key weak verifiers are sealed with until they are wrapped in bcrypt or replaced at a login: 32 bytes that are never in
/// the database. Sealed text is `{sealed ID}BASE64`, with ID a fingerprint of the key.
#[derive(Clone)]
pub struct SealingKey {
    key: Zeroizing<[u8; 32]>,
    id: String,
}

/// Why a stored text gives no verifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsealed {
    /// Of no known scheme.
    #[error(transparent)]
    Unknown(#[from] UnknownScheme),
    /// Sealed with another key than the one at hand, or there is none. Without it the account needs a new password.
    #[error("sealed with key {id}, which is not at hand: without it the account needs a reset of its password")]
    KeyMissing {
        /// The fingerprint of the key that is wanted.
        id: String,
    },
    /// Sealed with this key, but changed since.
    #[error("a sealed verifier was damaged")]
    Damaged,
}

const NONCE: usize = 24;
/// Characters of the fingerprint.
const ID: usize = 12;

impl SealingKey {
    /// A key of these bytes.
    pub fn new(key: [u8; 32]) -> Self {
        let fingerprint =
            hex::encode(&Sha256::new().chain_update(b"dragoman sealing key").chain_update(key).finalize());
        Self { key: Zeroizing::new(key), id: fingerprint.chars().take(ID).collect() }
    }

    /// A new key.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        Self::new(randomness.array())
    }

    /// Reads 64 hex digits, the form of [`SealingKey::to_text`]; blanks around them do not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(hex::decode(text.trim())?);
        Some(Self::new(bytes.as_slice().try_into().ok()?))
    }

    /// The key as 64 hex digits, for its file.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.key.as_slice()))
    }

    /// A fingerprint that tells keys apart and holds no secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A digest of a short secret that nobody can try out without the key: four digits alone would be guessed at once.
    pub fn digest(&self, secret: &str) -> String {
        // The key stands in front of a fixed text, and once more around the digest, so that nothing can be appended.
        let inner =
            Sha256::new().chain_update(self.key.as_slice()).chain_update(b"answer").chain_update(secret).finalize();
        let outer =
            Sha256::new().chain_update(self.key.as_slice()).chain_update(b"around").chain_update(inner).finalize();
        format!("{{keyed {}}}{}", self.id, hex::encode(&outer))
    }

    /// The stored text of `scheme`: sealed if it [is weak](Scheme::is_weak), else its ordinary text.
    pub fn seal(&self, scheme: &Scheme, randomness: &dyn Randomness) -> String {
        let text = Zeroizing::new(scheme.to_string());
        if !scheme.is_weak() {
            return text.to_string();
        }
        self.seal_text(&text, randomness)
    }

    /// Any secret text, sealed.
    pub fn seal_text(&self, text: &str, randomness: &dyn Randomness) -> String {
        let nonce: [u8; NONCE] = randomness.array();
        // ChaCha20 takes 256 GiB under one nonce; a scheme is some kilobytes.
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), text.as_bytes()).unwrap_or_default();
        format!("{{sealed {}}}{}", self.id, STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }

    /// The scheme behind a stored text, sealed or not. `key` is what is at hand.
    pub fn open(key: Option<&Self>, stored: &str) -> Result<Scheme, Unsealed> {
        Ok(Scheme::parse(&Self::open_text(key, stored)?)?)
    }

    /// The text behind a stored one, sealed or not. `key` is what is at hand.
    pub fn open_text(key: Option<&Self>, stored: &str) -> Result<Zeroizing<String>, Unsealed> {
        let Some((id, body)) = sealed_parts(stored) else { return Ok(Zeroizing::new(stored.to_owned())) };
        let key = key.filter(|key| key.id == id).ok_or_else(|| Unsealed::KeyMissing { id: id.to_owned() })?;
        let bytes = STANDARD_NO_PAD.decode(body).map_err(|_| Unsealed::Damaged)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or(Unsealed::Damaged)?;
        let opened = key.cipher().decrypt(&XNonce::from(*nonce), sealed).map_err(|_| Unsealed::Damaged)?;
        Ok(Zeroizing::new(String::from_utf8(opened).map_err(|_| Unsealed::Damaged)?))
    }
}

/// Fingerprint of the key and what was sealed, if a stored text is sealed at all.
pub(super) fn sealed_parts(stored: &str) -> Option<(&str, &str)> {
    stored.strip_prefix("{sealed ")?.split_once('}')
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SealingKey({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::SeededRandomness;
    use super::*;

    fn weak() -> Scheme {
        Scheme::from_md5("4ff6abdc63b485b520fbc13d9e4f880e").unwrap()
    }

    #[test]
    fn a_weak_verifier_is_sealed_and_opens_again() {
        let randomness = SeededRandomness::new(1);
        let key = SealingKey::generate(&randomness);
        let stored = key.seal(&weak(), &randomness);
        assert!(stored.starts_with(&format!("{{sealed {}}}", key.id())), "{stored}");
        assert!(!stored.contains("4ff6") && Scheme::parse(&stored).is_err());
        assert_ne!(stored, key.seal(&weak(), &randomness));
        assert_eq!(SealingKey::open(Some(&key), &stored), Ok(weak()));
        let same = SealingKey::parse(&format!(" {}\n", *key.to_text())).unwrap();
        assert!(SealingKey::open(Some(&same), &stored).unwrap().verify(b"third-1971"));
    }

    #[test]
    fn a_strong_verifier_is_stored_as_it_is() {
        let randomness = SeededRandomness::new(1);
        let strong = Scheme::read(crate::Origin::Php, "$2y$10$eCW5.2lFhthqgoo1uhGT4eKA8E0Mb4Vum2BDnnrqFLQx/DqKPHmVi");
        let (key, strong) = (SealingKey::new([7; 32]), strong.unwrap());
        let stored = key.seal(&strong, &randomness);
        assert_eq!(stored, strong.to_string());
        assert_eq!(SealingKey::open(None, &stored), Ok(strong));
    }

    #[test]
    fn a_lost_key_says_so_and_damage_is_noticed() {
        let (key, other) = (SealingKey::new([7; 32]), SealingKey::new([8; 32]));
        let stored = key.seal(&weak(), &SeededRandomness::new(1));
        let missing = Err(Unsealed::KeyMissing { id: key.id().to_owned() });
        assert_eq!(SealingKey::open(None, &stored), missing);
        assert_eq!(SealingKey::open(Some(&other), &stored), missing);
        for at in [30, stored.len() - 1] {
            let mut bytes = stored.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8(bytes).unwrap();
            assert_eq!(SealingKey::open(Some(&key), &damaged), Err(Unsealed::Damaged));
        }
        assert_eq!(SealingKey::open(Some(&key), &stored[..40]), Err(Unsealed::Damaged));
        for bad in ["", "00", &"0".repeat(63), &"x".repeat(64), &"0".repeat(66)] {
            assert!(SealingKey::parse(bad).is_none());
        }
        assert!(!format!("{key:?}").contains(&*key.to_text()));
    }
}
