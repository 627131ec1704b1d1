//! PBKDF2 and scrypt, as Werkzeug and Django use them. Parameters are bounded, because a dump may be hostile and one login
//! must not occupy the machine.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::error::UnknownScheme;
use super::recipe::checked_salt;

/// A PBKDF2 verifier; the key is as long as the hash function's digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Pbkdf2 {
    pub(super) algorithm: Algorithm,
    pub(super) rounds: u32,
    pub(super) salt: String,
    pub(super) key: Vec<u8>,
}

impl Pbkdf2 {
    /// `rounds` as decimal digits, 1 to 5,000,000.
    pub(super) fn new(algorithm: Algorithm, rounds: &str, salt: &str, key: Vec<u8>) -> Result<Self, UnknownScheme> {
        let rounds = bounded("pbkdf2 rounds", rounds, 5_000_000, "1 to 5000000")?;
        if key.len() != algorithm.output_size() {
            return Err(UnknownScheme::Malformed("the pbkdf2 key has not the length of its hash"));
        }
        Ok(Self { algorithm, rounds, salt: checked_salt(salt)?, key })
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let key = Zeroizing::new(self.algorithm.pbkdf2(password, self.salt.as_bytes(), self.rounds));
        key.ct_eq(&self.key).into()
    }
}

/// A scrypt verifier with a key of 64 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Scrypt {
    pub(super) log_n: u8,
    pub(super) r: u32,
    pub(super) p: u32,
    pub(super) salt: String,
    pub(super) key: Vec<u8>,
}

const SCRYPT_KEY: usize = 64;

impl Scrypt {
    /// `n`, `r` and `p` as decimal digits; memory (128 n r bytes) is bounded to 128 MiB, work (n r p) to twice that of one
    /// such run. Werkzeug's own 32768:8:1 takes 32 MiB.
    pub(super) fn new([n, r, p]: [&str; 3], salt: &str, key: Vec<u8>) -> Result<Self, UnknownScheme> {
        let n = bounded("scrypt N", n, 1 << 20, "a power of 2, 2 to 1048576")?;
        let r = bounded("scrypt r", r, 64, "1 to 64")?;
        let p = bounded("scrypt p", p, 16, "1 to 16")?;
        let blocks = u64::from(n) * u64::from(r);
        if blocks > 1 << 20 || blocks * u64::from(p) > 1 << 21 {
            let value = format!("{n}:{r}:{p}");
            return Err(UnknownScheme::OutOfBounds { parameter: "scrypt N:r:p", value, allowed: "128 MiB" });
        }
        let log_n = n.is_power_of_two().then(|| n.trailing_zeros()).and_then(|log_n| u8::try_from(log_n).ok());
        let Some(log_n @ 1..) = log_n else {
            return Err(UnknownScheme::Malformed("scrypt N is not a power of 2"));
        };
        if key.len() != SCRYPT_KEY {
            return Err(UnknownScheme::Malformed("the scrypt key has not 64 bytes"));
        }
        Ok(Self { log_n, r, p, salt: checked_salt(salt)?, key })
    }

    pub(super) fn n(&self) -> u32 {
        1 << self.log_n
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let Ok(parameters) = scrypt::Params::new(self.log_n, self.r, self.p) else {
            return false;
        };
        let mut key = Zeroizing::new([0; SCRYPT_KEY]);
        let derived = scrypt::scrypt(password, self.salt.as_bytes(), &parameters, key.as_mut_slice());
        derived.is_ok() && bool::from(key.ct_eq(&self.key))
    }
}

fn bounded(parameter: &'static str, digits: &str, most: u32, allowed: &'static str) -> Result<u32, UnknownScheme> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(UnknownScheme::Malformed("a cost parameter is not a number"));
    }
    match digits.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => {
            let value = digits.chars().take(20).collect();
            Err(UnknownScheme::OutOfBounds { parameter, value, allowed })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hex;
    use super::*;

    fn pbkdf2(rounds: &str) -> Result<Pbkdf2, UnknownScheme> {
        Pbkdf2::new(Algorithm::Sha256, rounds, "salt", vec![0; 32])
    }

    fn scrypt(n: &str, r: &str, p: &str) -> Result<Scrypt, UnknownScheme> {
        Scrypt::new([n, r, p], "salt", vec![0; 64])
    }

    #[test]
    fn real_costs_pass() {
        assert!(pbkdf2("1").is_ok() && pbkdf2("1000000").is_ok() && pbkdf2("5000000").is_ok());
        assert!(
            scrypt("32768", "8", "1").is_ok() && scrypt("131072", "8", "2").is_ok() && scrypt("2", "1", "1").is_ok()
        );
    }

    #[test]
    fn absurd_costs_are_refused_by_name() {
        for rounds in ["0", "5000001", "1000000000000", "99999999999999999999999999"] {
            assert!(
                matches!(pbkdf2(rounds), Err(UnknownScheme::OutOfBounds { parameter: "pbkdf2 rounds", .. })),
                "{rounds}"
            );
        }
        for (n, r, p) in [
            ("1099511627776", "8", "1"),
            ("1048576", "8", "1"),
            ("131072", "8", "3"),
            ("32768", "8", "17"),
            ("2", "65", "1"),
        ] {
            assert!(matches!(scrypt(n, r, p), Err(UnknownScheme::OutOfBounds { .. })), "{n}:{r}:{p}");
        }
        for (n, r, p) in [("1", "8", "1"), ("32767", "8", "1"), ("-2", "8", "1"), ("", "8", "1"), ("2", "+1", "1")] {
            assert!(matches!(scrypt(n, r, p), Err(UnknownScheme::Malformed(_))), "{n}:{r}:{p}");
        }
    }

    #[test]
    fn keys_of_another_length_are_refused() {
        assert!(Pbkdf2::new(Algorithm::Sha256, "1", "", vec![0; 31]).is_err());
        assert!(Scrypt::new(["2", "1", "1"], "", vec![0; 32]).is_err());
    }

    /// RFC 7914, section 12, second case.
    #[test]
    fn scrypt_known_answer() {
        let key = "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640";
        let scrypt = Scrypt::new(["1024", "8", "16"], "NaCl", hex::decode(key).unwrap()).unwrap();
        assert!(scrypt.verify(b"password") && !scrypt.verify(b"passwore"));
    }
}
