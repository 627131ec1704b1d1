//! PBKDF2 as passlib and those it imitates write it.

use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};

use crate::algorithm::Algorithm;
use crate::derivation::Derivation;
use crate::error::UnknownScheme;
use crate::hex;
use crate::padding::{ADAPTED, STANDARD_LENIENT};
use crate::pbkdf2::Pbkdf2;
use crate::salt::Salt;
use crate::scheme::Scheme;

const MALFORMED: UnknownScheme = UnknownScheme::Malformed("not a pbkdf2 hash of a known form");

const URL_LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `$pbkdf2$ROUNDS$SALT$KEY`, `$pbkdf2-sha256$...`, `$p5k2$...`.
pub(super) fn read(name: &str, text: &str) -> Result<Scheme, UnknownScheme> {
    let fields: Vec<&str> = text.split('$').skip(2).collect();
    let [rounds, salt, key]: [&str; 3] = fields.try_into().map_err(|_| MALFORMED)?;
    if name == "p5k2" {
        return p5k2(text, [rounds, salt, key]);
    }
    let hash = name.strip_prefix("pbkdf2-").unwrap_or("sha1");
    adapted(hash, [rounds, salt, key])
}

/// passlib's own base64 for salt and key.
pub(super) fn adapted(hash: &str, [rounds, salt, key]: [&str; 3]) -> Result<Scheme, UnknownScheme> {
    let algorithm = Algorithm::named(hash).ok_or_else(|| UnknownScheme::method(&format!("pbkdf2-{hash}")))?;
    let decode = |text: &str| ADAPTED.decode(text.replace('+', ".")).map_err(|_| MALFORMED);
    of(algorithm, rounds, Salt::bytes(decode(salt)?)?, &decode(key)?)
}

/// `$p5k2$` of two libraries, rounds in hex: Cryptacular encodes its salt, python-pbkdf2 hashes all that stands before the
/// key.
fn p5k2(text: &str, [rounds, salt, key]: [&str; 3]) -> Result<Scheme, UnknownScheme> {
    let rounds = if rounds.is_empty() { "190" } else { rounds };
    let rounds = u32::from_str_radix(rounds, 16).map_err(|_| MALFORMED)?.to_string();
    if key.ends_with('=') {
        let decode = |text: &str| URL_LENIENT.decode(text).map_err(|_| MALFORMED);
        return of(Algorithm::Sha1, &rounds, Salt::bytes(decode(salt)?)?, &decode(key)?);
    }
    let (config, _) = text.rsplit_once('$').ok_or(MALFORMED)?;
    of(Algorithm::Sha1, &rounds, Salt::text(config)?, &ADAPTED.decode(key).map_err(|_| MALFORMED)?)
}

/// `grub.pbkdf2.sha512.ROUNDS.SALT.KEY` in hex.
pub(super) fn grub(text: &str) -> Result<Scheme, UnknownScheme> {
    let fields: Vec<&str> = text.split('.').skip(2).collect();
    let [hash, rounds, salt, key]: [&str; 4] = fields.try_into().map_err(|_| MALFORMED)?;
    let algorithm = Algorithm::named(hash).ok_or_else(|| UnknownScheme::method(hash))?;
    let decode = |text: &str| hex::decode(text).ok_or(MALFORMED);
    of(algorithm, rounds, Salt::bytes(decode(salt)?)?, &decode(key)?)
}

/// Atlassian's `{PKCS5S2}`: 16 bytes of salt before a key of 32, always 10,000 rounds.
pub(super) fn atlassian(text: &str) -> Result<Scheme, UnknownScheme> {
    let bytes = STANDARD_LENIENT.decode(text).map_err(|_| MALFORMED)?;
    let (salt, key) = bytes.split_at_checked(16).filter(|(_, key)| key.len() == 32).ok_or(MALFORMED)?;
    of(Algorithm::Sha1, "10000", Salt::bytes(salt.to_vec())?, key)
}

fn of(algorithm: Algorithm, rounds: &str, salt: Salt, key: &[u8]) -> Result<Scheme, UnknownScheme> {
    let (pbkdf2, key) = Pbkdf2::of_key(algorithm, rounds, salt, key)?;
    Scheme::derived(Derivation::Pbkdf2(pbkdf2), &key)
}
