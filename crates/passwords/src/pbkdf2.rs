use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::bounds::{bounded, key_length};
use super::error::UnknownScheme;
use super::hex;
use super::method::Method;
use super::salt::Salt;
use super::work::Work;

/// PBKDF2 with HMAC, as Werkzeug, Django, passlib, Atlassian, GRUB and Node's programs use it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pbkdf2 {
    algorithm: Algorithm,
    rounds: u32,
    salt: Salt,
    length: usize,
}

/// npm's `credential` counts by the calendar: eleven million rounds at the end of 2026.
const MOST_ROUNDS: u32 = 50_000_000;

impl Pbkdf2 {
    /// `rounds` as decimal digits, 1 to 50,000,000; a key of `length` bytes, at most one digest.
    pub(super) fn new(algorithm: Algorithm, rounds: &str, salt: Salt, length: usize) -> Result<Self, UnknownScheme> {
        let rounds = bounded("pbkdf2 rounds", rounds, MOST_ROUNDS, "1 to 50000000")?;
        let length = key_length(length, algorithm.output_size())?;
        Ok(Self { algorithm, rounds, salt, length })
    }

    /// As [`Pbkdf2::new`] for this `key`, of which what goes beyond one digest is dropped: it proves no more, and each
    /// further block would cost all rounds again.
    pub(super) fn of_key(
        algorithm: Algorithm,
        rounds: &str,
        salt: Salt,
        key: &[u8],
    ) -> Result<(Self, String), UnknownScheme> {
        let key = key.get(..algorithm.output_size()).unwrap_or(key);
        Ok((Self::new(algorithm, rounds, salt, key.len())?, hex::encode(key)))
    }

    /// `pbkdf2:HASH:ROUNDS`; `kLENGTH` follows if the key is not as long as the hash, `x` if the salt is in hex.
    pub(super) fn parse(method: &Method<'_>, setting: &str) -> Result<Self, UnknownScheme> {
        let [name, rounds] = method.arguments().ok_or_else(|| method.unknown())?;
        let algorithm = Algorithm::named(name).ok_or_else(|| method.unknown())?;
        let length = method.key_length.unwrap_or(algorithm.output_size());
        Self::new(algorithm, rounds, Salt::parse(setting, method.salt_in_hex)?, length)
    }

    pub(super) fn method(&self) -> String {
        let length = (self.length != self.algorithm.output_size()).then_some(self.length);
        Method::write(&format!("pbkdf2:{}:{}", self.algorithm.name(), self.rounds), length, &self.salt)
    }

    pub(super) fn salt(&self) -> &Salt {
        &self.salt
    }

    pub(super) fn key_length(&self) -> usize {
        self.length
    }

    pub(super) fn digest(&self, password: &[u8]) -> Zeroizing<String> {
        let key = self.algorithm.pbkdf2(password, self.salt.as_bytes(), self.rounds, self.length);
        Zeroizing::new(hex::encode(&Zeroizing::new(key)))
    }

    pub(super) fn work(&self) -> Work {
        Work::of("pbkdf2", u64::from(self.rounds) * 400)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pbkdf2(rounds: &str, length: usize) -> Result<Pbkdf2, UnknownScheme> {
        Pbkdf2::new(Algorithm::Sha256, rounds, Salt::text("salt")?, length)
    }

    #[test]
    fn real_costs_pass_and_absurd_ones_are_refused_by_name() {
        assert!(pbkdf2("1", 32).is_ok() && pbkdf2("1000000", 32).is_ok() && pbkdf2("50000000", 32).is_ok());
        for rounds in ["0", "50000001", "1000000000000", "99999999999999999999999999"] {
            let refused = pbkdf2(rounds, 32);
            assert!(matches!(refused, Err(UnknownScheme::OutOfBounds { parameter: "pbkdf2 rounds", .. })), "{rounds}");
        }
        for length in [0, 11, 33] {
            assert!(matches!(pbkdf2("1", length), Err(UnknownScheme::OutOfBounds { parameter: "key length", .. })));
        }
        assert!(matches!(pbkdf2("", 32), Err(UnknownScheme::Malformed(_))));
    }

    /// RFC 6070, fifth case: 25 bytes, of which 20 are kept.
    #[test]
    fn one_block_of_a_long_key_is_enough() {
        let key = hex::decode("3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038").unwrap();
        let salt = Salt::text("saltSALTsaltSALTsaltSALTsaltSALTsalt").unwrap();
        let (pbkdf2, kept) = Pbkdf2::of_key(Algorithm::Sha1, "4096", salt, &key).unwrap();
        assert_eq!(*pbkdf2.digest(b"passwordPASSWORDpassword"), kept);
        assert_eq!(kept.len(), 40);
    }
}
