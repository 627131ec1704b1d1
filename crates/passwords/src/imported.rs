//! The verifiers of accounts whose old database held a php site's digest (php `schema.md`, "What the importer stores").
//! No digest stays at rest; each function runs one or two bcrypts.

use super::error::UnknownScheme;
use super::modular_crypt::Cost;
use super::recipe::Recipe;
use super::scheme::Scheme;
use super::template::Template;
use super::view::{Presented, View, md5};
use crate::random::Randomness;

/// From MD5(password): verifiers of that digest and, with a user name, of MD5(username + it).
pub fn from_md5_column(
    stored: &str,
    username: Option<&str>,
    cost: Cost,
    randomness: &dyn Randomness,
) -> Result<Vec<(View, Scheme)>, UnknownScheme> {
    let salt = randomness.array();
    let stored = hex_digest(stored)?;
    let by_name = username.map(|username| (View::UserMd5, md5(format!("{username}{stored}").as_bytes())));
    let digests = std::iter::once((View::Md5, stored)).chain(by_name);
    Ok(digests.map(|(view, digest)| (view, Scheme::native(digest.as_bytes(), cost, salt))).collect())
}

/// From MD5(MD5(password) + password_salt): a verifier of the inner digest, `password_salt` kept beside it.
pub fn from_salted_md5_column(
    stored: &str,
    password_salt: &str,
    cost: Cost,
    randomness: &dyn Randomness,
) -> Result<Vec<(View, Scheme)>, UnknownScheme> {
    let recipe = Recipe::new(Template::parse("md5($p.$s)")?, password_salt, None)?;
    Ok(vec![(View::Md5, Scheme::from_digest(recipe, stored)?.wrap(cost, randomness.array()))])
}

/// From a login digest of unknown scheme, imported or of a new account registered with it (php contract 9): a verifier of
/// itself.
pub fn digest_only(
    digest: &str,
    cost: Cost,
    randomness: &dyn Randomness,
) -> Result<Vec<(View, Scheme)>, UnknownScheme> {
    let digest = hex_digest(digest)?;
    Ok(vec![(View::UnknownDigest, Scheme::native(digest.as_bytes(), cost, randomness.array()))])
}

fn hex_digest(stored: &str) -> Result<String, UnknownScheme> {
    match Presented::digest(stored) {
        Some(Presented::Digest(digest)) => Ok(digest),
        _ => Err(UnknownScheme::Malformed("not 32 hex digits")),
    }
}
