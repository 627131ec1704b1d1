//! `{SCHEME}...` as directory servers and Dovecot write it (RFC 2307).

use base64::engine::Engine;

use super::pbkdf2_texts;
use crate::algorithm::Algorithm;
use crate::error::UnknownScheme;
use crate::hex;
use crate::padding::STANDARD_LENIENT;
use crate::recipe::Recipe;
use crate::scheme::Scheme;
use crate::template::Template;

/// What stands behind the brace.
pub(super) enum Found<'a> {
    Scheme(Box<Scheme>),
    /// A text of another form.
    Modular(&'a str),
}

/// `text` follows the opening brace.
pub(super) fn read(text: &str) -> Result<Found<'_>, UnknownScheme> {
    let (name, body) = text.split_once('}').ok_or(UnknownScheme::Malformed("no } behind the scheme"))?;
    let name = name.to_ascii_lowercase();
    let scheme = match name.as_str() {
        "crypt" | "des-crypt" | "md5-crypt" | "sha256-crypt" | "sha512-crypt" | "blf-crypt" | "bcrypt" | "argon2"
        | "argon2i" | "argon2id" => return Ok(Found::Modular(body)),
        "plaintext" | "cleartext" | "clear" | "plain" if body.contains('\0') => {
            return Err(UnknownScheme::Malformed("U+0000 in a plain password"));
        }
        "plaintext" | "cleartext" | "clear" | "plain" => Scheme::Plain(body.into()),
        "pkcs5s2" => pbkdf2_texts::atlassian(body)?,
        name if name.starts_with("pbkdf2") && !name.contains('.') => pbkdf2(name, body)?,
        name => digest(name, body)?,
    };
    Ok(Found::Scheme(Box::new(scheme)))
}

/// passlib's `{PBKDF2-SHA256}ROUNDS$SALT$KEY`.
fn pbkdf2(name: &str, body: &str) -> Result<Scheme, UnknownScheme> {
    let fields: Vec<&str> = body.split('$').collect();
    let fields = fields.try_into().map_err(|_| UnknownScheme::Malformed("not ROUNDS$SALT$KEY"))?;
    pbkdf2_texts::adapted(name.strip_prefix("pbkdf2-").unwrap_or("sha1"), fields)
}

/// A digest in base64 or hex, with its salt behind it if the name begins with a second `s`.
fn digest(name: &str, body: &str) -> Result<Scheme, UnknownScheme> {
    // Dovecot says the encoding, and its unsalted MD5 has two names more.
    let bare = name.trim_end_matches(".hex").trim_end_matches(".b64");
    let (algorithm, is_salted) = match bare {
        "sha" | "sha1" => (Algorithm::Sha1, false),
        "ssha" => (Algorithm::Sha1, true),
        "smd5" => (Algorithm::Md5, true),
        "md5" | "plain-md5" | "ldap-md5" => (Algorithm::Md5, false),
        "sha256" | "sha384" | "sha512" => (Algorithm::named(bare).unwrap_or(Algorithm::Sha256), false),
        "ssha256" => (Algorithm::Sha256, true),
        "ssha384" => (Algorithm::Sha384, true),
        "ssha512" => (Algorithm::Sha512, true),
        // What follows a bar are parameters.
        _ => return Err(UnknownScheme::method(name.split('|').next().unwrap_or_default())),
    };
    let in_hex = (body.len() >= algorithm.output_size() * 2).then(|| hex::decode(body)).flatten();
    let bytes = match in_hex {
        Some(bytes) => bytes,
        None => STANDARD_LENIENT.decode(body).map_err(|_| UnknownScheme::Malformed("neither base64 nor hex"))?,
    };
    let (digest, salt) = bytes
        .split_at_checked(algorithm.output_size())
        .filter(|(_, salt)| is_salted || salt.is_empty())
        .ok_or(UnknownScheme::Malformed("the digest has not the length of its hash"))?;
    let recipe = match salt {
        [] => Recipe::new(Template::plain(algorithm), "", None)?,
        salt => Recipe::new(Template::salted_by_bytes(algorithm), &hex::encode(salt), None)?,
    };
    Scheme::from_digest(recipe, &hex::encode(digest))
}
