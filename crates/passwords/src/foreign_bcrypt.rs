use zeroize::Zeroizing;

use super::error::UnknownScheme;
use super::modular_crypt::{ModularCrypt, run};

/// A bcrypt hash made by another program, in its own text form (`$2a$`, `$2b$`, `$2x$`, `$2y$`). Checked as that program
/// checked it: the first 72 bytes only (frp `schema.md`, v1 `schema.md`; one-domain P2).
#[derive(Clone, PartialEq, Eq)]
pub struct ForeignBcrypt {
    // Kept as it came: the unused bits of the salt are lost in `parts`.
    text: String,
    parts: ModularCrypt,
}

impl ForeignBcrypt {
    pub(super) fn parse(text: &str) -> Result<Self, UnknownScheme> {
        Ok(Self { text: text.to_owned(), parts: ModularCrypt::parse(text)? })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let key = bcrypt_key(self.parts.version, password);
        self.parts.has(&run(&key, self.parts.cost, self.parts.salt))
    }
}

/// The bytes the old program fed to bcrypt.
fn bcrypt_key(version: char, password: &[u8]) -> Zeroizing<Vec<u8>> {
    // 2a was written by Go (v1), which hashes a NUL like any byte; the others by C code, where it ends the password.
    let seen = match version {
        'a' => password,
        _ => password.split(|&byte| byte == 0).next().unwrap_or_default(),
    };
    let mut key = Zeroizing::new(Vec::with_capacity(73));
    key.extend(seen.iter().take(72));
    key.push(0);
    if version == 'x' { sign_extended(&key) } else { key }
}

/// The 72 bytes that stand for `key` in a 2x hash: PHP before 5.3.7 or'ed *signed* characters into each word of the key,
/// so that a byte above 0x7f wiped out the bytes before it.
fn sign_extended(key: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut cycle = key.iter().cycle();
    let word = |_| {
        let four = cycle.by_ref().take(4);
        four.fold(0u32, |word, &byte| word << 8 | byte.cast_signed() as u32)
    };
    Zeroizing::new((0..18).map(word).flat_map(u32::to_be_bytes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verifies(text: &str, password: impl AsRef<[u8]>) -> bool {
        ForeignBcrypt::parse(text).unwrap().verify(password.as_ref())
    }

    fn hashed(version: bcrypt::Version, password: &[u8]) -> String {
        bcrypt::hash_with_salt(password, 4, [3; 16]).unwrap().format_for_version(version)
    }

    /// Test vectors of crypt_blowfish 1.3, `wrapper.c`.
    #[test]
    fn the_reference_vectors_verify() {
        assert!(verifies("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"));
        assert!(verifies("$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", ""));
        assert!(verifies("$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", b"\xa3"));
        assert!(verifies("$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", b"\xff\xff\xa3"));
        assert!(verifies("$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", b"\xa3"));
        assert!(!verifies("$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", b"\xa4"));
    }

    #[test]
    fn only_72_bytes_count() {
        let long = vec![b'x'; 105];
        for version in [bcrypt::Version::TwoA, bcrypt::Version::TwoB, bcrypt::Version::TwoX, bcrypt::Version::TwoY] {
            let text = hashed(version, &long);
            assert!(verifies(&text, &long) && verifies(&text, &long[..72]));
            assert!(!verifies(&text, &long[..71]));
        }
    }

    #[test]
    fn a_nul_byte_is_a_byte_to_go_and_the_end_to_c() {
        let go = hashed(bcrypt::Version::TwoA, b"ab\0cd");
        assert!(verifies(&go, b"ab\0cd") && !verifies(&go, b"ab"));
        let php = hashed(bcrypt::Version::TwoY, b"ab");
        assert!(verifies(&php, b"ab\0cd") && verifies(&php, b"ab"));
    }
}
