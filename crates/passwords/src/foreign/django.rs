use base64::engine::Engine;

use super::{modular, npm};
use crate::algorithm::Algorithm;
use crate::bcrypt_keys::BcryptWriter;
use crate::derivation::Derivation;
use crate::error::UnknownScheme;
use crate::foreign_bcrypt::ForeignBcrypt;
use crate::hex;
use crate::origin::Origin;
use crate::padding::STANDARD_LENIENT;
use crate::pbkdf2::Pbkdf2;
use crate::recipe::Recipe;
use crate::salt::Salt;
use crate::scheme::Scheme;
use crate::scrypt::Scrypt;
use crate::template::Template;

pub(super) fn read(text: &str) -> Result<Scheme, UnknownScheme> {
    if text.starts_with('!') {
        return Err(UnknownScheme::Malformed("Django's mark of an account without a password"));
    }
    let Some((name, rest)) = text.split_once('$') else {
        return Scheme::from_md5(text);
    };
    match name {
        // Written by a program that brought a hasher of its own.
        "" => modular::read(Origin::Django, text),
        "bcrypt" => modular::read(Origin::Django, rest),
        "bcrypt_sha256" => ForeignBcrypt::parse(rest, BcryptWriter::Sha256Hex).map(Scheme::Bcrypt),
        "argon2" => modular::read(Origin::Django, &format!("${rest}")),
        "crypt" => {
            // The salt stands in the hash and, in Django, is empty here.
            let (_, hash) = rest.split_once('$').ok_or(UnknownScheme::Malformed("not crypt$SALT$HASH"))?;
            modular::read(Origin::Crypt, hash)
        }
        "md5" => digest(Algorithm::Md5, text, rest),
        "sha1" => digest(Algorithm::Sha1, text, rest),
        "pbkdf2_sha256" => pbkdf2(Algorithm::Sha256, rest),
        "pbkdf2_sha1" => pbkdf2(Algorithm::Sha1, rest),
        "scrypt" => scrypt(rest),
        name => Err(UnknownScheme::method(name)),
    }
}

fn digest(algorithm: Algorithm, text: &str, rest: &str) -> Result<Scheme, UnknownScheme> {
    let (salt, hash) = rest.split_once('$').ok_or(UnknownScheme::Malformed("not ALGORITHM$SALT$HASH"))?;
    if hash.contains('$') {
        // Django's salts hold no `$`: four fields are npm's password-hash.
        return npm::read_password_hash(text);
    }
    Scheme::from_digest(Recipe::new(Template::salted(algorithm), salt, None)?, hash)
}

fn pbkdf2(algorithm: Algorithm, rest: &str) -> Result<Scheme, UnknownScheme> {
    const MALFORMED: UnknownScheme = UnknownScheme::Malformed("not ALGORITHM$ROUNDS$SALT$HASH");
    let (rounds, rest) = rest.split_once('$').ok_or(MALFORMED)?;
    let (salt, hash) = rest.rsplit_once('$').ok_or(MALFORMED)?;
    let key = STANDARD_LENIENT.decode(hash).map_err(|_| MALFORMED)?;
    let pbkdf2 = Pbkdf2::new(algorithm, rounds, Salt::text(salt)?, algorithm.output_size())?;
    Scheme::derived(Derivation::Pbkdf2(pbkdf2), &hex::encode(&key))
}

/// `N$SALT$r$p$HASH`.
fn scrypt(rest: &str) -> Result<Scheme, UnknownScheme> {
    const MALFORMED: UnknownScheme = UnknownScheme::Malformed("not scrypt$N$SALT$r$p$HASH");
    let fields: Vec<&str> = rest.split('$').collect();
    let [n, salt, r, p, hash]: [&str; 5] = fields.try_into().map_err(|_| MALFORMED)?;
    let key = STANDARD_LENIENT.decode(hash).map_err(|_| MALFORMED)?;
    Scheme::derived(Derivation::Scrypt(Scrypt::new([n, r, p], Salt::text(salt)?, 64)?), &hex::encode(&key))
}
