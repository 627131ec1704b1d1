//! The verifiers of accounts whose old database held a php site's digest (php `schema.md`, "What the importer stores").
//! They are weak: seal or [wrap](wrap_all) them before they are stored.

use super::bcrypt_text::Cost;
use super::error::UnknownScheme;
use super::random::Randomness;
use super::recipe::Recipe;
use super::scheme::Scheme;
use super::template::Template;
use super::view::{Presented, View, md5};

/// From MD5(password): verifiers of that digest and, with a user name, of MD5(username + it).
pub fn from_md5_column(stored: &str, username: Option<&str>) -> Result<Vec<(View, Scheme)>, UnknownScheme> {
    let stored = hex_digest(stored)?;
    let by_name = username.map(|username| (View::UserMd5, md5(format!("{username}{stored}").as_bytes())));
    let digests = std::iter::once((View::Md5, stored)).chain(by_name);
    Ok(digests.map(|(view, digest)| (view, Scheme::Plain(digest.into()))).collect())
}

/// From MD5(MD5(password) + password_salt): a verifier of the inner digest, `password_salt` kept beside it.
pub fn from_salted_md5_column(stored: &str, password_salt: &str) -> Result<Vec<(View, Scheme)>, UnknownScheme> {
    let recipe = Recipe::new(Template::parse("md5($p.$s)")?, password_salt, None)?;
    Ok(vec![(View::Md5, Scheme::from_digest(recipe, stored)?)])
}

/// From a login digest of unknown scheme: a verifier of itself.
pub fn from_login_digest_column(digest: &str) -> Result<Vec<(View, Scheme)>, UnknownScheme> {
    Ok(vec![(View::UnknownDigest, Scheme::Plain(hex_digest(digest)?.into()))])
}

/// The verifiers of a new account that registered with a login digest of unknown scheme (php contract 9). Runs one bcrypt.
pub fn digest_only(
    digest: &str,
    cost: Cost,
    randomness: &dyn Randomness,
) -> Result<Vec<(View, Scheme)>, UnknownScheme> {
    Ok(wrap_all(from_login_digest_column(digest)?, cost, randomness))
}

/// Wraps each weak verifier of an account; costs a bcrypt for each. The digests share one salt, so that one bcrypt checks a
/// received digest against each of them.
pub fn wrap_all(views: Vec<(View, Scheme)>, cost: Cost, randomness: &dyn Randomness) -> Vec<(View, Scheme)> {
    let (plain_salt, digest_salt) = (randomness.array(), randomness.array());
    let salt = |view| if view == View::Plain { plain_salt } else { digest_salt };
    views.into_iter().map(|(view, scheme)| (view, scheme.wrap(cost, salt(view)))).collect()
}

fn hex_digest(stored: &str) -> Result<String, UnknownScheme> {
    match Presented::digest(stored) {
        Some(Presented::Digest(digest)) => Ok(digest),
        _ => Err(UnknownScheme::Malformed("not 32 hex digits")),
    }
}
