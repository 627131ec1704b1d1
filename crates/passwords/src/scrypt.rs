use zeroize::Zeroizing;

use super::bounds::{bounded, key_length};
use super::error::UnknownScheme;
use super::hex;
use super::method::Method;
use super::salt::Salt;
use super::work::Work;

/// What one scrypt costs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScryptCost {
    log_n: u8,
    r: u32,
    p: u32,
}

impl ScryptCost {
    /// `n`, `r` and `p` as decimal digits; memory (128 n r bytes) is bounded to 128 MiB, work (n r p) to twice that of one
    /// such run. Werkzeug's own 32768:8:1 takes 32 MiB.
    pub(super) fn new([n, r, p]: [&str; 3]) -> Result<Self, UnknownScheme> {
        let n = bounded("scrypt N", n, 1 << 20, "a power of 2, 2 to 1048576")?;
        let r = bounded("scrypt r", r, 64, "1 to 64")?;
        let p = bounded("scrypt p", p, 16, "1 to 16")?;
        let blocks = u64::from(n) * u64::from(r);
        if blocks > 1 << 20 || blocks * u64::from(p) > 1 << 21 {
            let value = format!("{n}:{r}:{p}");
            return Err(UnknownScheme::OutOfBounds { parameter: "scrypt N:r:p", value, allowed: "128 MiB" });
        }
        let log_n = n.is_power_of_two().then(|| n.trailing_zeros()).and_then(|log_n| u8::try_from(log_n).ok());
        match log_n {
            Some(log_n @ 1..) => Ok(Self { log_n, r, p }),
            _ => Err(UnknownScheme::Malformed("scrypt N is not a power of 2")),
        }
    }

    fn n(self) -> u32 {
        1 << self.log_n
    }

    /// `length` bytes, or none if the library refuses the parameters.
    pub(super) fn derive(self, password: &[u8], salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; length]);
        let derived = scrypt::Params::new(self.log_n, self.r, self.p)
            .is_ok_and(|parameters| scrypt::scrypt(password, salt, &parameters, &mut key).is_ok());
        if derived { key } else { Zeroizing::default() }
    }

    pub(super) fn work(self) -> Work {
        Work::of("scrypt", u64::from(self.n()) * u64::from(self.r) * u64::from(self.p) * 300)
    }
}

/// scrypt, as Werkzeug, Django and passlib use it.
#[derive(Clone, PartialEq, Eq)]
pub struct Scrypt {
    cost: ScryptCost,
    salt: Salt,
    length: usize,
}

const LONGEST: usize = 256;
const USUAL_LENGTH: usize = 64;

impl Scrypt {
    pub(super) fn new(cost: [&str; 3], salt: Salt, length: usize) -> Result<Self, UnknownScheme> {
        Ok(Self { cost: ScryptCost::new(cost)?, salt, length: key_length(length, LONGEST)? })
    }

    /// `scrypt:N:r:p`; `kLENGTH` follows if the key is not of 64 bytes, `x` if the salt is in hex.
    pub(super) fn parse(method: &Method<'_>, setting: &str) -> Result<Self, UnknownScheme> {
        let cost = method.arguments().ok_or_else(|| method.unknown())?;
        Self::new(cost, Salt::parse(setting, method.salt_in_hex)?, method.key_length.unwrap_or(USUAL_LENGTH))
    }

    pub(super) fn method(&self) -> String {
        let ScryptCost { r, p, .. } = self.cost;
        let length = (self.length != USUAL_LENGTH).then_some(self.length);
        Method::write(&format!("scrypt:{}:{r}:{p}", self.cost.n()), length, &self.salt)
    }

    pub(super) fn salt(&self) -> &Salt {
        &self.salt
    }

    pub(super) fn key_length(&self) -> usize {
        self.length
    }

    pub(super) fn digest(&self, password: &[u8]) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(&self.cost.derive(password, self.salt.as_bytes(), self.length)))
    }

    pub(super) fn work(&self) -> Work {
        self.cost.work()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrypt(n: &str, r: &str, p: &str) -> Result<ScryptCost, UnknownScheme> {
        ScryptCost::new([n, r, p])
    }

    #[test]
    fn real_costs_pass() {
        let real = [("32768", "8", "1"), ("131072", "8", "2"), ("16384", "8", "5"), ("2", "1", "1")];
        assert!(real.into_iter().all(|(n, r, p)| scrypt(n, r, p).is_ok()));
    }

    #[test]
    fn absurd_costs_are_refused_by_name() {
        for (n, r, p) in [
            ("1073741824", "8", "1"),
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

    /// RFC 7914, section 12, second case.
    #[test]
    fn known_answer() {
        let scrypt = Scrypt::new(["1024", "8", "16"], Salt::text("NaCl").unwrap(), 64).unwrap();
        assert_eq!(
            *scrypt.digest(b"password"),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        );
    }
}
