use blowfish::Blowfish;
use zeroize::Zeroizing;

use crate::bcrypt_keys::{BcryptWriter, Key};
use crate::bcrypt_text::{BcryptText, Cost, run};
use crate::error::UnknownScheme;

/// A bcrypt hash made by another program, in its own text form (`$2$`, `$2a$`, `$2b$`, `$2x$`, `$2y$`). Checked as that
/// program checked it, which the text alone does not say.
#[derive(Clone, PartialEq, Eq)]
pub struct ForeignBcrypt {
    // Kept as it came: the unused bits of the salt are lost in `parts`.
    text: String,
    parts: BcryptText,
    writer: BcryptWriter,
}

impl ForeignBcrypt {
    pub(super) fn parse(text: &str, writer: BcryptWriter) -> Result<Self, UnknownScheme> {
        Ok(Self { text: text.to_owned(), parts: BcryptText::parse(text)?, writer })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn writer(&self) -> BcryptWriter {
        self.writer
    }

    pub(super) fn cost(&self) -> Cost {
        self.parts.cost
    }

    /// As many runs as the most expensive password needs.
    pub(super) fn runs(&self) -> u32 {
        self.writer.usual_runs(self.parts.version)
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let salt_text = self.text.get(7..29).unwrap_or_default();
        let keys = self.writer.keys(self.parts.version, salt_text, password);
        keys.iter().any(|key| self.parts.has(&self.hash(key)))
    }

    fn hash(&self, key: &Key) -> [u8; 23] {
        match key {
            Key::Plain(key) => run(key, self.parts.cost, self.parts.salt),
            Key::Deviating { first, key } => deviating(first, key, self.parts.cost, self.parts.salt),
        }
    }
}

/// bcrypt whose very first key differs from the one it goes on with, as crypt_blowfish computes some `$2a$`.
fn deviating(first: &[u8], key: &[u8], cost: Cost, salt: [u8; 16]) -> [u8; 23] {
    let mut state = Blowfish::bc_init_state();
    state.salted_expand_key(&salt, first);
    for _ in 0..1u64 << cost.get() {
        state.bc_expand_key(key);
        state.bc_expand_key(&salt);
    }
    let words: Vec<u32> =
        b"OrpheanBeholderScryDoubt".as_chunks::<4>().0.iter().map(|word| u32::from_be_bytes(*word)).collect();
    let encrypted = words.as_chunks::<2>().0.iter().map(|pair| (0..64).fold(*pair, |pair, _| state.bc_encrypt(pair)));
    let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(encrypted.flatten().flat_map(u32::to_be_bytes).collect());
    let mut hash = [0; 23];
    hash.iter_mut().zip(bytes.iter()).for_each(|(place, byte)| *place = *byte);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verifies(writer: BcryptWriter, text: &str, password: impl AsRef<[u8]>) -> bool {
        ForeignBcrypt::parse(text, writer).unwrap().verify(password.as_ref())
    }

    fn hashed(version: bcrypt::Version, password: &[u8]) -> String {
        bcrypt::hash_with_salt(password, 4, [3; 16]).unwrap().format_for_version(version)
    }

    /// crypt_blowfish, as in libxcrypt 4.4.33; the first five are its own test vectors.
    #[test]
    fn the_reference_vectors_verify() {
        const SALT: &str = "05$/OK.fbVrR/bpIqNJ5ianF.";
        for (password, text) in [
            (&b"U*U"[..], "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned()),
            (b"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy".to_owned()),
            (b"\xa3", format!("$2x${SALT}CE5elHaaO4EbggVDjb8P19RukzXSM3e")),
            (b"\xff\xff\xa3", format!("$2x${SALT}CE5elHaaO4EbggVDjb8P19RukzXSM3e")),
            (b"\xa3", format!("$2y${SALT}Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq")),
            (b"\xff\xff\xa3", format!("$2y${SALT}CE5elHaaO4EbggVDjb8P19RukzXSM3e")),
            (b"\xff\xff\xa3", format!("$2a${SALT}nqd1wy.pTMdcvrRWxyiGL2eMz.2a85.")),
            (b"\xff\xa3345", format!("$2x${SALT}o./n25XVfn6oAPaUvHe.Csk4zRfsYPi")),
            (b"\xff\xa3345", format!("$2a${SALT}nRht2l/HRhr6zmCp9vYUvvsqynflf9e")),
            (b"1\xa3345\xff\xff\xa3", format!("$2a${SALT}MNAaC4KTtN1VAmki1ggPGx6nNxusEu2")),
        ] {
            assert!(verifies(BcryptWriter::CryptBlowfish, &text, password), "{text}");
            assert!(!verifies(BcryptWriter::CryptBlowfish, &text, [password, b"x"].concat()), "{text}");
        }
    }

    #[test]
    fn who_wrote_a_2a_decides_how_it_is_checked() {
        // PHP 8.2 (shared hashes): it deviates where bytes 0xff stand before another high one.
        let php = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.euRNRfAA6e0fjpTfQPPAMU1PCOf9IHq";
        let plain = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.Qjdj3GXX7D0sFE9jji6wxSTWIhqI3US";
        assert!(verifies(BcryptWriter::CryptBlowfish, php, b"\xff\xff\xa3"));
        assert!(!verifies(BcryptWriter::CryptBlowfish, plain, b"\xff\xff\xa3"));
        assert!(verifies(BcryptWriter::Plain, plain, b"\xff\xff\xa3"));
        assert!(!verifies(BcryptWriter::Plain, php, b"\xff\xff\xa3"));
        for text in [php, plain] {
            assert!(verifies(BcryptWriter::Unknown, text, b"\xff\xff\xa3"));
            assert!(!verifies(BcryptWriter::Unknown, text, b"\xff\xff\xa4"));
        }
    }

    #[test]
    fn only_72_bytes_count() {
        let long = vec![b'x'; 105];
        for version in [bcrypt::Version::TwoA, bcrypt::Version::TwoB, bcrypt::Version::TwoX, bcrypt::Version::TwoY] {
            let text = hashed(version, &long);
            for writer in [BcryptWriter::Unknown, BcryptWriter::Plain, BcryptWriter::CryptBlowfish] {
                assert!(verifies(writer, &text, &long) && verifies(writer, &text, &long[..72]));
                assert!(!verifies(writer, &text, &long[..71]));
            }
        }
    }

    #[test]
    fn a_nul_byte_is_a_byte_to_go_and_the_end_to_c() {
        let go = hashed(bcrypt::Version::TwoA, b"ab\0cd");
        assert!(verifies(BcryptWriter::Plain, &go, b"ab\0cd") && !verifies(BcryptWriter::Plain, &go, b"ab"));
        let php = hashed(bcrypt::Version::TwoY, b"ab");
        let c = BcryptWriter::CryptBlowfish;
        assert!(verifies(c, &php, b"ab\0cd") && verifies(c, &php, b"ab"));
        let python = hashed(bcrypt::Version::TwoB, b"ab\0cd");
        assert!(verifies(BcryptWriter::Unknown, &python, b"ab\0cd"));
    }
}
