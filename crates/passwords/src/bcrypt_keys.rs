//! What different programs feed to bcrypt for one password.

use base64::engine::{Engine, general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::hex;

/// Who wrote a foreign bcrypt hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BcryptWriter {
    /// Nobody knows: whatever a program might have fed to it is tried, and for most passwords that is one key.
    Unknown,
    /// Nobody knows, and it may have been Flask-Bcrypt, whose texts do not say whether it hashed the password first.
    UnknownOrFlask,
    /// Go and Python's bcrypt: every byte counts, the letter does not.
    Plain,
    /// PHP and crypt(3), both crypt_blowfish: a NUL ends the password, the letter decides about bytes above 0x7F.
    CryptBlowfish,
    /// Django's `bcrypt_sha256`: of the hex digits of SHA-256.
    Sha256Hex,
    /// passlib's first `$bcrypt-sha256$`: of base64 of SHA-256.
    Sha256Base64,
    /// passlib's second `$bcrypt-sha256$`: of base64 of HMAC-SHA-256 keyed with the salt as it is written.
    HmacBase64,
    /// WordPress 6.8: of base64 of HMAC-SHA-384 over the password without blanks around it.
    WordPress,
}

/// One key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Key {
    Plain(Zeroizing<Vec<u8>>),
    /// crypt_blowfish begins with a key that no other library computes with.
    Deviating {
        first: Zeroizing<Vec<u8>>,
        key: Zeroizing<Vec<u8>>,
    },
}

impl BcryptWriter {
    const NAMED: [(Self, &'static str); 8] = [
        (Self::Unknown, "bcrypt"),
        (Self::UnknownOrFlask, "bcrypt:flask"),
        (Self::Plain, "bcrypt:plain"),
        (Self::CryptBlowfish, "bcrypt:crypt"),
        (Self::Sha256Hex, "bcrypt:sha256-hex"),
        (Self::Sha256Base64, "bcrypt:sha256-base64"),
        (Self::HmacBase64, "bcrypt:hmac-sha256"),
        (Self::WordPress, "bcrypt:wordpress"),
    ];

    /// The stored name.
    pub(crate) fn method(self) -> &'static str {
        Self::NAMED.iter().find(|(writer, _)| *writer == self).map_or("bcrypt", |(_, name)| name)
    }

    pub(crate) fn from_method(method: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(_, name)| *name == method).map(|(writer, _)| *writer)
    }

    /// How many keys an ordinary password has.
    pub(crate) fn usual_runs(self, version: Option<char>) -> u32 {
        let nameless = u32::from(version.is_none());
        match self {
            Self::Unknown => 1 + nameless,
            Self::UnknownOrFlask => 2 + nameless,
            _ => 1,
        }
    }

    /// The keys this writer may have made of `password`, each once. `salt` is the salt as it is written.
    pub(crate) fn keys(self, version: Option<char>, salt: &str, password: &[u8]) -> Vec<Key> {
        let keys = match self {
            Self::Unknown => unknown(version, password),
            Self::UnknownOrFlask => {
                let mut keys = unknown(version, password);
                keys.push(terminated(&sha256_hex(password)));
                keys
            }
            Self::Plain => vec![terminated(password)],
            Self::CryptBlowfish => vec![crypt_blowfish(version, password)],
            Self::Sha256Hex => vec![terminated(&sha256_hex(password))],
            Self::Sha256Base64 => vec![terminated(&in_base64(Algorithm::Sha256.digest(password)))],
            Self::HmacBase64 => vec![terminated(&in_base64(Algorithm::Sha256.hmac(salt.as_bytes(), password)))],
            Self::WordPress => {
                let trimmed = trim(password);
                vec![terminated(&in_base64(Algorithm::Sha384.hmac(b"wp-sha384", trimmed)))]
            }
        };
        let mut distinct: Vec<Key> = Vec::with_capacity(keys.len());
        for key in keys {
            if !distinct.contains(&key) {
                distinct.push(key);
            }
        }
        distinct
    }
}

fn unknown(version: Option<char>, password: &[u8]) -> Vec<Key> {
    let mut keys = vec![terminated(password), terminated(until_nul(password)), crypt_blowfish(version, password)];
    if version.is_none() && !password.is_empty() {
        // The first bcrypt of all did not count the NUL at the end.
        let cycle = password.iter().copied().cycle().take(72);
        keys.push(Key::Plain(Zeroizing::new(cycle.collect())));
    }
    keys
}

fn until_nul(password: &[u8]) -> &[u8] {
    password.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// The first 72 bytes of the password and its NUL (one-domain P2).
fn terminated(password: &[u8]) -> Key {
    Key::Plain(expanded(password, u32::from))
}

fn crypt_blowfish(version: Option<char>, password: &[u8]) -> Key {
    let seen = until_nul(password);
    match version {
        Some('x') => Key::Plain(expanded(seen, sign_extended)),
        Some('a') if deviates(seen) => {
            let key = expanded(seen, u32::from);
            let mut first = key.clone();
            // Bit 16 of the first word.
            if let Some(byte) = first.get_mut(1) {
                *byte ^= 1;
            }
            Key::Deviating { first, key }
        }
        _ => terminated(seen),
    }
}

/// PHP before 5.3.7 or'ed *signed* characters into each word of the key, so that a byte above 0x7F wiped out those before it.
fn sign_extended(byte: u8) -> u32 {
    byte.cast_signed() as u32
}

/// Where the signed and the right computation agree although a character wiped out others: such a password shares its hash
/// with many that the old mistake made equal, and crypt_blowfish computes its `$2a$` differently on purpose.
fn deviates(password: &[u8]) -> bool {
    let wipes = words(password, sign_extended).any(|bytes| bytes.iter().skip(1).any(|byte| byte & 0x80 != 0));
    wipes && expanded(password, sign_extended) == expanded(password, u32::from)
}

/// The 72 bytes that the password, a NUL behind it, gives again and again.
fn expanded(password: &[u8], widen: fn(u8) -> u32) -> Zeroizing<Vec<u8>> {
    let word = |bytes: [u32; 4]| bytes.into_iter().fold(0u32, |word, byte| word << 8 | byte);
    Zeroizing::new(words(password, widen).map(word).flat_map(u32::to_be_bytes).collect())
}

/// The 18 words of a key, each of four widened characters.
fn words(password: &[u8], widen: fn(u8) -> u32) -> impl Iterator<Item = [u32; 4]> {
    let mut bytes = password.iter().copied().chain([0]).cycle();
    (0..18).map(move |_| [(); 4].map(|()| bytes.next().map(widen).unwrap_or_default()))
}

/// As PHP's `trim`.
fn trim(password: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| b" \t\n\r\0\x0b".contains(byte);
    let start = password.iter().position(|byte| !is_blank(byte)).unwrap_or(password.len());
    let end = password.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    password.get(start..end).unwrap_or_default()
}

fn sha256_hex(password: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(hex::encode(&Algorithm::Sha256.digest(password)).into_bytes())
}

fn in_base64(digest: Vec<u8>) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(STANDARD.encode(Zeroizing::new(digest)).into_bytes())
}
