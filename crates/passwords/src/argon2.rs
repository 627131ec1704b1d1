use ::argon2::{Algorithm, Params, Version};
use base64::engine::Engine;
use zeroize::Zeroizing;

use super::bounds::{bounded, key_length};
use super::error::UnknownScheme;
use super::hex;
use super::method::Method;
use super::padding::STANDARD_LENIENT;
use super::salt::Salt;
use super::work::Work;

/// Argon2 in its three types, as argon2-cffi, Django, passlib and PHP use it.
#[derive(Clone)]
pub struct Argon2 {
    algorithm: Algorithm,
    version: Version,
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: Salt,
    length: usize,
}

const LONGEST: usize = 256;
const USUAL_LENGTH: usize = 32;
/// 256 MiB.
const MOST_MEMORY: u32 = 256 * 1024;
/// KiB passed over: some 4 s.
const MOST_WORK: u64 = 4 * 1024 * 1024;

impl Argon2 {
    fn new(
        (algorithm, version): (Algorithm, Version),
        [memory, passes, lanes]: [&str; 3],
        salt: Salt,
        length: usize,
    ) -> Result<Self, UnknownScheme> {
        let memory = bounded("argon2 m", memory, MOST_MEMORY, "8 to 262144 KiB")?;
        let passes = bounded("argon2 t", passes, 1 << 16, "1 to 65536")?;
        let lanes = bounded("argon2 p", lanes, 255, "1 to 255")?;
        if u64::from(memory) * u64::from(passes) > MOST_WORK {
            let value = format!("{memory},{passes}");
            return Err(UnknownScheme::OutOfBounds { parameter: "argon2 m,t", value, allowed: "4 GiB passed over" });
        }
        let argon2 = Self { algorithm, version, memory, passes, lanes, salt, length: key_length(length, LONGEST)? };
        match argon2.salt.as_bytes().len() >= ::argon2::MIN_SALT_LEN && argon2.parameters().is_some() {
            true => Ok(argon2),
            false => Err(UnknownScheme::Malformed("argon2 does not take these parameters")),
        }
    }

    fn parameters(&self) -> Option<Params> {
        Params::new(self.memory, self.passes, self.lanes, Some(self.length)).ok()
    }

    /// `$argon2id$v=19$m=65536,t=3,p=4$SALT$KEY`: the verifier and the key it must give, in hex.
    pub(super) fn read(text: &str) -> Result<(Self, String), UnknownScheme> {
        const MALFORMED: UnknownScheme = UnknownScheme::Malformed("not an argon2 hash");
        let mut parts = text.strip_prefix('$').ok_or(MALFORMED)?.split('$').peekable();
        let name = parts.next().unwrap_or_default();
        let algorithm = Algorithm::new(name).map_err(|_| UnknownScheme::method(name))?;
        // Before version 1.3 a hash did not name its version.
        let version = match parts.next_if(|part| part.starts_with("v=")) {
            Some("v=19") => Version::V0x13,
            Some("v=16") | None => Version::V0x10,
            Some(_) => return Err(UnknownScheme::Malformed("an unknown version of argon2")),
        };
        let (Some(cost), Some(salt), Some(key), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(MALFORMED);
        };
        let find = |name: &str| cost.split(',').find_map(|pair| pair.strip_prefix(name)).ok_or(MALFORMED);
        if cost.split(',').count() != 3 {
            return Err(UnknownScheme::Malformed("argon2 with a secret key or associated data"));
        }
        let decode = |text: &str| STANDARD_LENIENT.decode(text).map_err(|_| MALFORMED);
        let (salt, key) = (Salt::bytes(decode(salt)?)?, decode(key)?);
        let cost = [find("m=")?, find("t=")?, find("p=")?];
        Ok((Self::new((algorithm, version), cost, salt, key.len())?, hex::encode(&key)))
    }

    /// `argon2id:VERSION:MEMORY:PASSES:LANES`; `kLENGTH` follows if the key is not of 32 bytes. The salt is in hex.
    pub(super) fn parse(method: &Method<'_>, setting: &str) -> Result<Self, UnknownScheme> {
        let [version, cost @ ..]: [&str; 4] = method.arguments().ok_or_else(|| method.unknown())?;
        let version = match version {
            "19" => Version::V0x13,
            "16" => Version::V0x10,
            _ => return Err(method.unknown()),
        };
        let algorithm = Algorithm::new(method.name).map_err(|_| method.unknown())?;
        let length = method.key_length.unwrap_or(USUAL_LENGTH);
        Self::new((algorithm, version), cost, Salt::parse(setting, method.salt_in_hex)?, length)
    }

    pub(super) fn method(&self) -> String {
        let Self { algorithm, version, memory, passes, lanes, .. } = self;
        let length = (self.length != USUAL_LENGTH).then_some(self.length);
        let name = format!("{algorithm}:{}:{memory}:{passes}:{lanes}", u32::from(*version));
        Method::write(&name, length, &self.salt)
    }

    pub(super) fn salt(&self) -> &Salt {
        &self.salt
    }

    pub(super) fn key_length(&self) -> usize {
        self.length
    }

    pub(super) fn digest(&self, password: &[u8]) -> Zeroizing<String> {
        let mut key = Zeroizing::new(vec![0; self.length]);
        let Some(parameters) = self.parameters() else { return Zeroizing::default() };
        let argon2 = ::argon2::Argon2::new(self.algorithm, self.version, parameters);
        match argon2.hash_password_into(password, self.salt.as_bytes(), &mut key) {
            Ok(()) => Zeroizing::new(hex::encode(&key)),
            // No password matches; the parameters were checked when the text was read.
            Err(_) => Zeroizing::default(),
        }
    }

    pub(super) fn work(&self) -> Work {
        Work::of("argon2", u64::from(self.memory) * u64::from(self.passes) * 1000)
    }
}

impl PartialEq for Argon2 {
    fn eq(&self, other: &Self) -> bool {
        (self.method(), &self.salt) == (other.method(), &other.salt)
    }
}

impl Eq for Argon2 {}
