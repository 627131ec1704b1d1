use base64::engine::Engine;

use crate::algorithm::Algorithm;
use crate::derivation::Derivation;
use crate::error::UnknownScheme;
use crate::iterated_hmac::IteratedHmac;
use crate::padding::STANDARD_LENIENT;
use crate::pbkdf2::Pbkdf2;
use crate::recipe::Recipe;
use crate::salt::Salt;
use crate::scheme::Scheme;
use crate::template::Template;

/// `ALGORITHM$SALT$ITERATIONS$HEX`, or without the iterations, of npm's `password-hash`: the salt is the key of an HMAC.
pub(super) fn read_password_hash(text: &str) -> Result<Scheme, UnknownScheme> {
    const MALFORMED: UnknownScheme = UnknownScheme::Malformed("not ALGORITHM$SALT$ITERATIONS$HASH");
    let fields: Vec<&str> = text.split('$').collect();
    let (name, salt, rounds, hash) = match fields[..] {
        [name, salt, hash] => (name, salt, "1", hash),
        [name, salt, rounds, hash] => (name, salt, rounds, hash),
        _ => return Err(MALFORMED),
    };
    let algorithm = Algorithm::spelt(name).ok_or_else(|| UnknownScheme::method(name))?;
    match rounds {
        "1" => Scheme::from_digest(Recipe::new(Template::keyed(algorithm), salt, None)?, hash),
        rounds => {
            let iterated = IteratedHmac::new(algorithm, rounds, Salt::text(salt)?)?;
            Scheme::derived(Derivation::IteratedHmac(iterated), &hash.to_ascii_lowercase())
        }
    }
}

/// The JSON of npm's `credential`. The salt it hashes is the base64 text, not the bytes behind it.
pub(super) fn read_credential(text: &str) -> Result<Scheme, UnknownScheme> {
    const MALFORMED: UnknownScheme = UnknownScheme::Malformed("not the JSON of credential");
    let json: serde_json::Value = serde_json::from_str(text).map_err(|_| MALFORMED)?;
    let field = |name: &str| json.get(name).and_then(serde_json::Value::as_str).ok_or(MALFORMED);
    match field("hashMethod")? {
        "pbkdf2" => {}
        method => return Err(UnknownScheme::method(method)),
    }
    let rounds = json.get("iterations").and_then(serde_json::Value::as_u64).ok_or(MALFORMED)?.to_string();
    let key = STANDARD_LENIENT.decode(field("hash")?).map_err(|_| MALFORMED)?;
    let (pbkdf2, key) = Pbkdf2::of_key(Algorithm::Sha1, &rounds, Salt::text(field("salt")?)?, &key)?;
    Scheme::derived(Derivation::Pbkdf2(pbkdf2), &key)
}
