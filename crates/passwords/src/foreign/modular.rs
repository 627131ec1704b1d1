//! Texts that say in their first characters what they are, whoever wrote them.

use super::{bcrypt, ldap, pbkdf2_texts};
use crate::algorithm::Algorithm;
use crate::argon2::Argon2;
use crate::bcrypt_keys::BcryptWriter;
use crate::crypt::Crypt;
use crate::derivation::Derivation;
use crate::error::UnknownScheme;
use crate::foreign_bcrypt::ForeignBcrypt;
use crate::hex;
use crate::origin::Origin;
use crate::padding::STANDARD_LENIENT;
use crate::recipe::Recipe;
use crate::salt::Salt;
use crate::scheme::Scheme;
use crate::scrypt::Scrypt;
use crate::template::Template;

use base64::engine::Engine;

pub(super) fn read(origin: Origin, text: &str) -> Result<Scheme, UnknownScheme> {
    if let Some(rest) = text.strip_prefix('{') {
        return match ldap::read(rest)? {
            ldap::Found::Scheme(scheme) => Ok(*scheme),
            ldap::Found::Modular(inner) => read(origin, inner),
        };
    }
    if let Some(digits) = text.strip_prefix('*') {
        return Scheme::from_digest(Recipe::new(Template::doubled(Algorithm::Sha1), "", None)?, digits);
    }
    if text.starts_with("grub.pbkdf2.") {
        return pbkdf2_texts::grub(text);
    }
    let name = text.strip_prefix('$').and_then(|rest| rest.split('$').next()).unwrap_or_default();
    match name {
        name if name.starts_with('2') => bcrypt::read(origin, text),
        name if name.starts_with("argon2") => {
            let (argon2, key) = Argon2::read(text)?;
            Scheme::derived(Derivation::Argon2(argon2), &key)
        }
        name if name.starts_with("pbkdf2") || name == "p5k2" => pbkdf2_texts::read(name, text),
        "bcrypt-sha256" => bcrypt_sha256(text),
        "scrypt" => scrypt(text),
        "wp" => {
            let rest = text.strip_prefix("$wp").unwrap_or_default();
            ForeignBcrypt::parse(rest, BcryptWriter::WordPress).map(Scheme::Bcrypt)
        }
        _ => {
            let (crypt, digest) = Crypt::read(text)?;
            Scheme::derived(Derivation::Crypt(crypt), &digest)
        }
    }
}

/// Bare hex digits, which only their number tells apart; and what passlib writes for Django.
pub(super) fn read_bare(text: &str) -> Option<Result<Scheme, UnknownScheme>> {
    let name = text.split('$').next().unwrap_or_default();
    if ["md5", "sha1", "crypt", "bcrypt", "scrypt", "argon2"].contains(&name)
        || name.contains('_') && !name.starts_with('_')
    {
        return Some(Scheme::from_django(text));
    }
    let algorithm = match text.len() {
        32 => Algorithm::Md5,
        40 => Algorithm::Sha1,
        56 => Algorithm::Sha224,
        64 => Algorithm::Sha256,
        96 => Algorithm::Sha384,
        128 => Algorithm::Sha512,
        _ => return None,
    };
    hex::decode(text)?;
    let recipe = Recipe::new(Template::plain(algorithm), "", None);
    Some(recipe.and_then(|recipe| Scheme::from_digest(recipe, text)))
}

/// passlib's: `$bcrypt-sha256$2b,12$SALT$HASH` and `$bcrypt-sha256$v=2,t=2b,r=12$SALT$HASH`.
fn bcrypt_sha256(text: &str) -> Result<Scheme, UnknownScheme> {
    const MALFORMED: UnknownScheme = UnknownScheme::Malformed("not passlib's bcrypt-sha256");
    let fields: Vec<&str> = text.split('$').skip(2).collect();
    let [setting, salt, hash]: [&str; 3] = fields.try_into().map_err(|_| MALFORMED)?;
    let (version, cost, writer) = match setting.split(',').collect::<Vec<_>>()[..] {
        [version, cost] => (version, cost, BcryptWriter::Sha256Base64),
        ["v=2", version, cost] => {
            let version = version.strip_prefix("t=").ok_or(MALFORMED)?;
            (version, cost.strip_prefix("r=").ok_or(MALFORMED)?, BcryptWriter::HmacBase64)
        }
        _ => return Err(MALFORMED),
    };
    ForeignBcrypt::parse(&format!("${version}${cost:0>2}${salt}{hash}"), writer).map(Scheme::Bcrypt)
}

/// passlib's: `$scrypt$ln=16,r=8,p=1$SALT$KEY`.
fn scrypt(text: &str) -> Result<Scheme, UnknownScheme> {
    const MALFORMED: UnknownScheme = UnknownScheme::Malformed("not $scrypt$ln=..,r=..,p=..$SALT$KEY");
    let fields: Vec<&str> = text.split('$').skip(2).collect();
    let [cost, salt, key]: [&str; 3] = fields.try_into().map_err(|_| MALFORMED)?;
    let [ln, r, p]: [&str; 3] = cost.split(',').collect::<Vec<_>>().try_into().map_err(|_| MALFORMED)?;
    let value = |pair: &'static str, text: &str| text.strip_prefix(pair).map(str::to_owned).ok_or(MALFORMED);
    let ln: u32 = value("ln=", ln)?.parse().map_err(|_| MALFORMED)?;
    let n = 1u64.checked_shl(ln).unwrap_or(u64::MAX).to_string();
    let decode = |text: &str| STANDARD_LENIENT.decode(text).map_err(|_| MALFORMED);
    let (salt, key) = (Salt::bytes(decode(salt)?)?, decode(key)?);
    let scrypt = Scrypt::new([&n, &value("r=", r)?, &value("p=", p)?], salt, key.len())?;
    Scheme::derived(Derivation::Scrypt(scrypt), &hex::encode(&key))
}
