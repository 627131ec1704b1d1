use hmac::{Hmac, KeyInit, Mac};
use sha2::Digest;

/// A hash function old password schemes are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// Writes `$body` once for each hash function, with `$hash` standing for its type.
macro_rules! with_hash {
    ($algorithm:expr, $hash:ident => $body:expr) => {
        match $algorithm {
            Algorithm::Md5 => {
                type $hash = md5::Md5;
                $body
            }
            Algorithm::Sha1 => {
                type $hash = sha1::Sha1;
                $body
            }
            Algorithm::Sha224 => {
                type $hash = sha2::Sha224;
                $body
            }
            Algorithm::Sha256 => {
                type $hash = sha2::Sha256;
                $body
            }
            Algorithm::Sha384 => {
                type $hash = sha2::Sha384;
                $body
            }
            Algorithm::Sha512 => {
                type $hash = sha2::Sha512;
                $body
            }
        }
    };
}

impl Algorithm {
    const ALL: [Self; 6] = [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The algorithm of this name (`md5`, `sha256`, ...).
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Length of the digest in bytes.
    pub(super) fn output_size(self) -> usize {
        with_hash!(self, Hash => <Hash as Digest>::output_size())
    }

    pub(super) fn digest(self, message: &[u8]) -> Vec<u8> {
        with_hash!(self, Hash => Hash::digest(message).to_vec())
    }

    pub(super) fn hmac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        with_hash!(self, Hash => match <Hmac<Hash> as KeyInit>::new_from_slice(key) {
            Ok(mac) => mac.chain_update(message).finalize().into_bytes().to_vec(),
            // HMAC takes keys of any length; an empty digest would match nothing.
            Err(_) => Vec::new(),
        })
    }

    pub(super) fn pbkdf2(self, password: &[u8], salt: &[u8], rounds: u32) -> Vec<u8> {
        let mut key = vec![0; self.output_size()];
        with_hash!(self, Hash => pbkdf2::pbkdf2_hmac::<Hash>(password, salt, rounds, &mut key));
        key
    }
}

#[cfg(test)]
mod tests {
    use super::super::hex;
    use super::*;

    #[test]
    fn names_and_sizes_agree() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm));
            assert_eq!(algorithm.digest(b"x").len(), algorithm.output_size());
            assert_eq!(algorithm.hmac(&[7; 200], b"x").len(), algorithm.output_size());
        }
        assert_eq!(Algorithm::named("MD5"), None);
    }

    #[test]
    fn known_answers() {
        assert_eq!(hex::encode(&Algorithm::Md5.digest(b"")), "d41d8cd98f00b204e9800998ecf8427e");
        // RFC 2202, test case 2.
        assert_eq!(
            hex::encode(&Algorithm::Sha1.hmac(b"Jefe", b"what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
        // RFC 6070, second case.
        assert_eq!(
            hex::encode(&Algorithm::Sha1.pbkdf2(b"password", b"salt", 2)),
            "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"
        );
    }
}
