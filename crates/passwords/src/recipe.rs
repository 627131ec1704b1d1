use zeroize::Zeroizing;

use super::error::UnknownScheme;
use super::hex;
use super::salt::checked_salt;
use super::template::Template;

/// A [`Template`] with its salt: everything but the password that goes into an old digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipe {
    template: Template,
    salt: String,
}

impl Recipe {
    /// Binds `salt` to the template, or `username` where the template says `$u`. At most 4096 bytes, no U+0000 (which
    /// PostgreSQL cannot store). A salt for a template that uses none is refused, and so are `$s` and `$u` together.
    pub fn new(template: Template, salt: &str, username: Option<&str>) -> Result<Self, UnknownScheme> {
        let (template, salt) = if template.uses_username() {
            if template.uses_salt() {
                return Err(UnknownScheme::Template("$s and $u cannot be used together"));
            }
            let username = username.ok_or(UnknownScheme::Template("$u without a user name"))?;
            (template.with_username_as_salt(), username)
        } else {
            (template, salt)
        };
        if !salt.is_empty() && !template.uses_salt() {
            return Err(UnknownScheme::Malformed("a salt where the method has none"));
        }
        if template.wants_hex_salt() && hex::decode(salt).is_none() {
            return Err(UnknownScheme::Malformed("the salt is not hex"));
        }
        checked_salt(salt).map(|salt| Self { template, salt })
    }

    pub(super) fn template(&self) -> &Template {
        &self.template
    }

    pub(super) fn salt(&self) -> &str {
        &self.salt
    }

    /// The digest of `password` as lower-case hex digits.
    pub(super) fn hex_digest(&self, password: &[u8]) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(&self.template.digest(password, self.salt.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(template: &str, salt: &str, username: Option<&str>) -> Result<Recipe, UnknownScheme> {
        Recipe::new(Template::parse(template).unwrap(), salt, username)
    }

    #[test]
    fn the_user_name_becomes_the_salt() {
        let bound = recipe("md5($u.md5($p))", "", Some("111111")).unwrap();
        assert_eq!((bound.template().to_string().as_str(), bound.salt()), ("md5($s.md5($p))", "111111"));
        assert_eq!(*bound.hex_digest(b"111111"), "c97ee47294955604c0af78f83b3c735a");
    }

    #[test]
    fn what_cannot_be_bound_is_refused() {
        assert!(recipe("md5($u.$p)", "", None).is_err());
        assert!(recipe("md5($u.$s.$p)", "s", Some("u")).is_err());
        assert!(recipe("md5($p)", "s", None).is_err());
        assert!(recipe("md5($p.$s)", "s\0", None).is_err());
        assert!(recipe("md5($p.$s)", &"s".repeat(4097), None).is_err());
        assert!(recipe("md5($p.$s)", &"s".repeat(4096), None).is_ok());
        assert!(recipe("md5($p.$s)", "", Some("unused")).is_ok());
    }
}
