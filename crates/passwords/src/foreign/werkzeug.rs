use super::npm;
use crate::algorithm::Algorithm;
use crate::derivation::Derivation;
use crate::error::UnknownScheme;
use crate::hex;
use crate::pbkdf2::Pbkdf2;
use crate::recipe::Recipe;
use crate::salt::Salt;
use crate::scheme::Scheme;
use crate::scrypt::Scrypt;
use crate::template::Template;

/// Rounds of a Werkzeug pbkdf2 hash that does not say: those of Werkzeug 0.15 to 1.0, which the legacy program pins (proxy
/// `schema.md`).
const ROUNDS: &str = "150000";
const SCRYPT_KEY: usize = 64;

pub(super) fn read(text: &str) -> Result<Scheme, UnknownScheme> {
    const MALFORMED: UnknownScheme = UnknownScheme::Malformed("not METHOD$SALT$HASH");
    let (method, rest) = text.split_once('$').ok_or(MALFORMED)?;
    let (salt, hash) = rest.split_once('$').ok_or(MALFORMED)?;
    // In a plain password a blank counts.
    let trimmed = hash.trim_end();
    let mut parts = method.split(':');
    let arguments = (parts.next().unwrap_or_default(), parts.next(), parts.next(), parts.next(), parts.next());
    match arguments {
        // Werkzeug compared the text and ignored the salt.
        ("plain", None, ..) if hash.contains('\0') => Err(UnknownScheme::Malformed("U+0000 in a plain password")),
        ("plain", None, ..) => Ok(Scheme::Plain(hash.into())),
        ("pbkdf2", name, rounds, None, _) => {
            let algorithm = algorithm(name.unwrap_or("sha256"), method)?;
            pbkdf2(algorithm, rounds.unwrap_or(ROUNDS), salt, trimmed)
        }
        ("scrypt", None, ..) => scrypt(["32768", "8", "1"], salt, trimmed),
        ("scrypt", Some(n), Some(r), Some(p), None) => scrypt([n, r, p], salt, trimmed),
        (name, None, ..) => {
            let algorithm = algorithm(name, method)?;
            if trimmed.contains('$') {
                return npm::read_password_hash(text.trim_end());
            }
            let template = if salt.is_empty() { Template::plain(algorithm) } else { Template::keyed(algorithm) };
            Scheme::from_digest(Recipe::new(template, salt, None)?, trimmed)
        }
        _ => Err(UnknownScheme::method(method)),
    }
}

fn algorithm(name: &str, method: &str) -> Result<Algorithm, UnknownScheme> {
    Algorithm::spelt(name).ok_or_else(|| UnknownScheme::method(&method.to_ascii_lowercase()))
}

fn pbkdf2(algorithm: Algorithm, rounds: &str, salt: &str, hash: &str) -> Result<Scheme, UnknownScheme> {
    let pbkdf2 = Pbkdf2::new(algorithm, rounds, Salt::text(salt)?, algorithm.output_size())?;
    Scheme::derived(Derivation::Pbkdf2(pbkdf2), &hash.to_ascii_lowercase())
}

fn scrypt(cost: [&str; 3], salt: &str, hash: &str) -> Result<Scheme, UnknownScheme> {
    let scrypt = Scrypt::new(cost, Salt::text(salt)?, SCRYPT_KEY)?;
    // A column of 128 characters cuts such a hash.
    if hex::decode(hash).is_none_or(|key| key.len() != SCRYPT_KEY) {
        return Err(UnknownScheme::Malformed("the scrypt key has not 64 bytes"));
    }
    Scheme::derived(Derivation::Scrypt(scrypt), &hash.to_ascii_lowercase())
}
