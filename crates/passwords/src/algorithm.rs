use hmac::{Hmac, KeyInit, Mac, SimpleHmac};
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
    Sha512Half224,
    Sha512Half256,
    Sha3Of224,
    Sha3Of256,
    Sha3Of384,
    Sha3Of512,
    Blake2b,
    Blake2s,
    Ripemd160,
    Sm3,
}

/// Writes `$body` once for each hash function, with `$hash` standing for its type and `$mac` for that of its HMAC.
macro_rules! with_hash {
    ($algorithm:expr, $hash:ident, $mac:ident => $body:expr) => {
        match $algorithm {
            Algorithm::Md5 => with_hash!(@ md5::Md5, Hmac, $hash, $mac, $body),
            Algorithm::Sha1 => with_hash!(@ sha1::Sha1, Hmac, $hash, $mac, $body),
            Algorithm::Sha224 => with_hash!(@ sha2::Sha224, Hmac, $hash, $mac, $body),
            Algorithm::Sha256 => with_hash!(@ sha2::Sha256, Hmac, $hash, $mac, $body),
            Algorithm::Sha384 => with_hash!(@ sha2::Sha384, Hmac, $hash, $mac, $body),
            Algorithm::Sha512 => with_hash!(@ sha2::Sha512, Hmac, $hash, $mac, $body),
            Algorithm::Sha512Half224 => with_hash!(@ sha2::Sha512_224, Hmac, $hash, $mac, $body),
            Algorithm::Sha512Half256 => with_hash!(@ sha2::Sha512_256, Hmac, $hash, $mac, $body),
            Algorithm::Sha3Of224 => with_hash!(@ sha3::Sha3_224, SimpleHmac, $hash, $mac, $body),
            Algorithm::Sha3Of256 => with_hash!(@ sha3::Sha3_256, SimpleHmac, $hash, $mac, $body),
            Algorithm::Sha3Of384 => with_hash!(@ sha3::Sha3_384, SimpleHmac, $hash, $mac, $body),
            Algorithm::Sha3Of512 => with_hash!(@ sha3::Sha3_512, SimpleHmac, $hash, $mac, $body),
            Algorithm::Blake2b => with_hash!(@ blake2::Blake2b512, SimpleHmac, $hash, $mac, $body),
            Algorithm::Blake2s => with_hash!(@ blake2::Blake2s256, SimpleHmac, $hash, $mac, $body),
            Algorithm::Ripemd160 => with_hash!(@ ripemd::Ripemd160, Hmac, $hash, $mac, $body),
            Algorithm::Sm3 => with_hash!(@ sm3::Sm3, Hmac, $hash, $mac, $body),
        }
    };
    (@ $type:ty, $hmac:ident, $hash:ident, $mac:ident, $body:expr) => {{
        #[allow(dead_code, reason = "not every body needs both")]
        type $hash = $type;
        #[allow(dead_code, reason = "not every body needs both")]
        type $mac = $hmac<$type>;
        $body
    }};
}

impl Algorithm {
    const ALL: [Self; 16] = [
        Self::Md5,
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Sha512Half224,
        Self::Sha512Half256,
        Self::Sha3Of224,
        Self::Sha3Of256,
        Self::Sha3Of384,
        Self::Sha3Of512,
        Self::Blake2b,
        Self::Blake2s,
        Self::Ripemd160,
        Self::Sm3,
    ];

    /// The algorithm of this name (`md5`, `sha256`, ...).
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The algorithm that OpenSSL and Python's hashlib know by this name, in any of their spellings: `SHA-256`,
    /// `sha512/256`, `SHA3_384`, `RSA-SHA1`, `BLAKE2b512`, `RIPEMD`.
    pub(super) fn spelt(name: &str) -> Option<Self> {
        let letters: String =
            name.chars().filter(|letter| !"-_/ ".contains(*letter)).map(|letter| letter.to_ascii_lowercase()).collect();
        let bare = letters.strip_prefix("rsa").unwrap_or(&letters);
        // OpenSSL 3 also says SHA2-256 for SHA-256.
        let same = |algorithm: &Self| {
            let own = algorithm.name().replace('_', "");
            own == bare || (algorithm.is_sha2() && own.replacen("sha", "sha2", 1) == bare)
        };
        match bare {
            "blake2b512" => Some(Self::Blake2b),
            "blake2s256" => Some(Self::Blake2s),
            "ripemd" | "rmd160" => Some(Self::Ripemd160),
            "ssl3md5" => Some(Self::Md5),
            "ssl3sha1" => Some(Self::Sha1),
            _ => Self::ALL.into_iter().find(same),
        }
    }

    fn is_sha2(self) -> bool {
        matches!(
            self,
            Self::Sha224 | Self::Sha256 | Self::Sha384 | Self::Sha512 | Self::Sha512Half224 | Self::Sha512Half256
        )
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Sha512Half224 => "sha512_224",
            Self::Sha512Half256 => "sha512_256",
            Self::Sha3Of224 => "sha3_224",
            Self::Sha3Of256 => "sha3_256",
            Self::Sha3Of384 => "sha3_384",
            Self::Sha3Of512 => "sha3_512",
            Self::Blake2b => "blake2b",
            Self::Blake2s => "blake2s",
            Self::Ripemd160 => "ripemd160",
            Self::Sm3 => "sm3",
        }
    }

    /// Length of the digest in bytes.
    pub(super) fn output_size(self) -> usize {
        with_hash!(self, Hash, Mac_ => <Hash as Digest>::output_size())
    }

    pub(super) fn digest(self, message: &[u8]) -> Vec<u8> {
        with_hash!(self, Hash, Mac_ => Hash::digest(message).to_vec())
    }

    pub(super) fn hmac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        with_hash!(self, Hash, Mac_ => match <Mac_ as KeyInit>::new_from_slice(key) {
            Ok(mac) => mac.chain_update(message).finalize().into_bytes().to_vec(),
            // HMAC takes keys of any length; an empty digest would match nothing.
            Err(_) => Vec::new(),
        })
    }

    /// A key of `length` bytes.
    pub(super) fn pbkdf2(self, password: &[u8], salt: &[u8], rounds: u32, length: usize) -> Vec<u8> {
        let mut key = vec![0; length];
        let derived = with_hash!(self, Hash, Mac_ => pbkdf2::pbkdf2::<Mac_>(password, salt, rounds, &mut key));
        // HMAC takes keys of any length; an empty key would match nothing.
        if derived.is_ok() { key } else { Vec::new() }
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
            assert_eq!(Algorithm::spelt(&algorithm.name().to_uppercase()), Some(algorithm));
            assert_eq!(algorithm.digest(b"x").len(), algorithm.output_size());
            assert_eq!(algorithm.hmac(&[7; 200], b"x").len(), algorithm.output_size());
        }
        assert_eq!(Algorithm::named("MD5"), None);
    }

    #[test]
    fn other_spellings_of_openssl_and_python() {
        for (spelling, algorithm) in [
            ("SHA-256", Algorithm::Sha256),
            ("SHA2-256", Algorithm::Sha256),
            ("sha512-256", Algorithm::Sha512Half256),
            ("SHA512/224", Algorithm::Sha512Half224),
            ("sha2-512/256", Algorithm::Sha512Half256),
            ("RSA-SHA1", Algorithm::Sha1),
            ("SHA3-384", Algorithm::Sha3Of384),
            ("BLAKE2b512", Algorithm::Blake2b),
            ("BLAKE2S-256", Algorithm::Blake2s),
            ("RMD160", Algorithm::Ripemd160),
            ("RIPEMD-160", Algorithm::Ripemd160),
        ] {
            assert_eq!(Algorithm::spelt(spelling), Some(algorithm), "{spelling}");
        }
        // `sha` was SHA-0 to old OpenSSL.
        for unknown in ["sha", "sha0", "sha3", "md4", "md5-sha1", "shake128", "whirlpool", "", "sha2"] {
            assert_eq!(Algorithm::spelt(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn known_answers() {
        assert_eq!(hex::encode(&Algorithm::Md5.digest(b"")), "d41d8cd98f00b204e9800998ecf8427e");
        // RFC 2202, test case 2.
        assert_eq!(
            hex::encode(&Algorithm::Sha1.hmac(b"Jefe", b"what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
        // RFC 6070, second and fifth case.
        assert_eq!(
            hex::encode(&Algorithm::Sha1.pbkdf2(b"password", b"salt", 2, 20)),
            "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"
        );
        let (password, salt) = (b"passwordPASSWORDpassword", b"saltSALTsaltSALTsaltSALTsaltSALTsalt");
        assert_eq!(
            hex::encode(&Algorithm::Sha1.pbkdf2(password, salt, 4096, 25)),
            "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"
        );
    }
}
