use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::bounds::bounded;
use super::error::UnknownScheme;
use super::hex;
use super::method::Method;
use super::salt::Salt;
use super::work::Work;

/// HMAC keyed with the salt, over the password and then over the hex digits of each result: npm's `password-hash`.
#[derive(Clone, PartialEq, Eq)]
pub struct IteratedHmac {
    algorithm: Algorithm,
    rounds: u32,
    salt: Salt,
}

impl IteratedHmac {
    pub(super) fn new(algorithm: Algorithm, rounds: &str, salt: Salt) -> Result<Self, UnknownScheme> {
        let rounds = bounded("iterations", rounds, 1_000_000, "1 to 1000000")?;
        Ok(Self { algorithm, rounds, salt })
    }

    /// `hmac:HASH:ROUNDS`.
    pub(super) fn parse(method: &Method<'_>, setting: &str) -> Result<Self, UnknownScheme> {
        let [name, rounds] = method.arguments().ok_or_else(|| method.unknown())?;
        let algorithm = Algorithm::named(name).ok_or_else(|| method.unknown())?;
        Self::new(algorithm, rounds, Salt::parse(setting, method.salt_in_hex)?)
    }

    pub(super) fn method(&self) -> String {
        Method::write(&format!("hmac:{}:{}", self.algorithm.name(), self.rounds), None, &self.salt)
    }

    pub(super) fn salt(&self) -> &Salt {
        &self.salt
    }

    pub(super) fn key_length(&self) -> usize {
        self.algorithm.output_size()
    }

    pub(super) fn digest(&self, password: &[u8]) -> Zeroizing<String> {
        let mut message = Zeroizing::new(password.to_vec());
        for _ in 0..self.rounds {
            let digest = self.algorithm.hmac(self.salt.as_bytes(), &message);
            message = Zeroizing::new(hex::encode(&digest).into_bytes());
        }
        Zeroizing::new(String::from_utf8_lossy(&message).into_owned())
    }

    pub(super) fn work(&self) -> Work {
        Work::of("hmac", u64::from(self.rounds) * 5000)
    }
}
