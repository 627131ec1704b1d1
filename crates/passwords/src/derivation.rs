use std::borrow::Cow;

use zeroize::Zeroizing;

use super::argon2::Argon2;
use super::crypt::Crypt;
use super::error::UnknownScheme;
use super::iterated_hmac::IteratedHmac;
use super::method::Method;
use super::pbkdf2::Pbkdf2;
use super::recipe::Recipe;
use super::scrypt::Scrypt;
use super::template::Template;
use super::work::Work;

/// What an old program put a password through before it stored the result: everything but the result.
#[derive(Clone, PartialEq, Eq)]
pub enum Derivation {
    /// A fast digest, or a few of them.
    Template(Recipe),
    /// HMAC over its own digits.
    IteratedHmac(IteratedHmac),
    /// PBKDF2 with HMAC.
    Pbkdf2(Pbkdf2),
    /// scrypt.
    Scrypt(Scrypt),
    /// Argon2.
    Argon2(Argon2),
    /// One of crypt(3)'s.
    Crypt(Crypt),
}

impl Derivation {
    /// Reads what [`Derivation::method`] and [`Derivation::setting`] give.
    pub(super) fn parse(method: &str, setting: &str) -> Result<Self, UnknownScheme> {
        if method.contains('(') {
            return Ok(Self::Template(Recipe::new(Template::parse(method)?, setting, None)?));
        }
        let method = Method::parse(method);
        match method.name {
            "hmac" => IteratedHmac::parse(&method, setting).map(Self::IteratedHmac),
            "pbkdf2" => Pbkdf2::parse(&method, setting).map(Self::Pbkdf2),
            "scrypt" => Scrypt::parse(&method, setting).map(Self::Scrypt),
            "argon2d" | "argon2i" | "argon2id" => Argon2::parse(&method, setting).map(Self::Argon2),
            "crypt" if method.whole == "crypt" => Crypt::parse(setting).map(Self::Crypt),
            _ => Err(method.unknown()),
        }
    }

    /// How it is computed; holds no secret.
    pub(super) fn method(&self) -> String {
        match self {
            Self::Template(recipe) => recipe.template().to_string(),
            Self::IteratedHmac(hmac) => hmac.method(),
            Self::Pbkdf2(pbkdf2) => pbkdf2.method(),
            Self::Scrypt(scrypt) => scrypt.method(),
            Self::Argon2(argon2) => argon2.method(),
            Self::Crypt(_) => "crypt".to_owned(),
        }
    }

    /// The salt, or what crypt(3) calls the setting.
    pub(super) fn setting(&self) -> Cow<'_, str> {
        match self {
            Self::Template(recipe) => Cow::Borrowed(recipe.salt()),
            Self::IteratedHmac(hmac) => hmac.salt().stored(),
            Self::Pbkdf2(pbkdf2) => pbkdf2.salt().stored(),
            Self::Scrypt(scrypt) => scrypt.salt().stored(),
            Self::Argon2(argon2) => argon2.salt().stored(),
            Self::Crypt(crypt) => Cow::Borrowed(crypt.setting()),
        }
    }

    /// The digest of `password` as text: lower-case hex digits, or crypt(3)'s own.
    pub(super) fn digest(&self, password: &[u8]) -> Zeroizing<String> {
        match self {
            Self::Template(recipe) => recipe.hex_digest(password),
            Self::IteratedHmac(hmac) => hmac.digest(password),
            Self::Pbkdf2(pbkdf2) => pbkdf2.digest(password),
            Self::Scrypt(scrypt) => scrypt.digest(password),
            Self::Argon2(argon2) => argon2.digest(password),
            Self::Crypt(crypt) => crypt.digest(password),
        }
    }

    /// Whether some password could have this digest, as far as its form tells.
    pub(super) fn could_give(&self, digest: &str) -> bool {
        let bytes = match self {
            Self::Crypt(crypt) => return crypt.could_give(digest),
            Self::Template(recipe) => recipe.template().algorithm().output_size(),
            Self::IteratedHmac(hmac) => hmac.key_length(),
            Self::Pbkdf2(pbkdf2) => pbkdf2.key_length(),
            Self::Scrypt(scrypt) => scrypt.key_length(),
            Self::Argon2(argon2) => argon2.key_length(),
        };
        digest.len() == bytes * 2
            && digest.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
    }

    pub(super) fn work(&self) -> Work {
        match self {
            Self::Template(_) => Work::of("digest", 2000),
            Self::IteratedHmac(hmac) => hmac.work(),
            Self::Pbkdf2(pbkdf2) => pbkdf2.work(),
            Self::Scrypt(scrypt) => scrypt.work(),
            Self::Argon2(argon2) => argon2.work(),
            Self::Crypt(crypt) => crypt.work(),
        }
    }
}
