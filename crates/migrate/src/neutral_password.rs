//! The password of a line of the neutral source: whose hash it is, or by which formula it was made.

use std::error::Error;

use dragoman_accounts::ImportedPassword;
use dragoman_legacy::Fields;
use dragoman_passwords::{
    Origin, Recipe, Scheme, Template, UnknownScheme, View, from_login_digest_column, from_md5_column,
    from_salted_md5_column,
};

/// Which verifiers a dialect's clients need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passwords {
    /// They send the password.
    Plain,
    /// They send its MD5 in some form, which must be verified as well where that can be.
    Digests,
}

/// The formula of which a digest can be verified by a digest.
const SALTED: &str = "md5(md5($p).$s)";

type Verifiers = Result<Vec<(View, Scheme)>, UnknownScheme>;

/// The verifiers, or why nobody can log in.
pub(crate) fn read(
    row: &mut Fields<'_>,
    passwords: Passwords,
    username: &str,
) -> Result<(ImportedPassword, Option<String>), Box<dyn Error>> {
    if row.find_text("password")?.is_some() {
        return Err("password: an object with scheme and value was expected".into());
    }
    let scheme = row.find_text("password.scheme")?;
    let Some(value) = row.find_text("password.value")?.filter(|value| !value.is_empty()) else {
        return Ok((ImportedPassword::None, Some("it has no password".to_owned())));
    };
    let scheme = scheme.ok_or("password.scheme is missing")?;
    let salt = row.find_text("password.salt")?.unwrap_or_default();
    let verifiers = match (passwords, scheme.as_str()) {
        (_, "plain") => Ok(vec![(View::Plain, Scheme::Plain(value.into()))]),
        (Passwords::Digests, "md5") => from_md5_column(&value, Some(username)),
        (Passwords::Digests, "login-digest") => from_login_digest_column(&value),
        (Passwords::Digests, SALTED) => from_salted_md5_column(&value, &salt),
        (_, formula) if formula.contains('(') => by_formula(formula, &value, &salt, username)?,
        (_, name) => {
            let origin = Origin::from_name(name).ok_or_else(|| unknown(passwords))?;
            Scheme::read(origin, &value).map(|scheme| vec![(View::Plain, scheme)])
        }
    };
    Ok(match verifiers {
        Ok(verifiers) => (ImportedPassword::Verifiers(verifiers), None),
        Err(error) => (ImportedPassword::None, Some(format!("its password: {error}"))),
    })
}

/// A formula nobody can read is a mistake of whoever wrote the file, a digest that does not fit it is one of that account.
fn by_formula(formula: &str, value: &str, salt: &str, username: &str) -> Result<Verifiers, Box<dyn Error>> {
    let template = Template::parse(formula).map_err(|error| format!("password.scheme: {error}"))?;
    let recipe = Recipe::new(template, salt, Some(username));
    Ok(recipe.and_then(|recipe| Scheme::from_digest(recipe, value)).map(|scheme| vec![(View::Plain, scheme)]))
}

fn unknown(passwords: Passwords) -> String {
    let digest = if passwords == Passwords::Digests { "login-digest, " } else { "" };
    let names: Vec<_> = Origin::names().collect();
    format!("password.scheme: neither a formula nor one of plain, {digest}{}", names.join(", "))
}
