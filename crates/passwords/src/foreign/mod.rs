//! Hashes as other programs wrote them. Their forms collide (`md5$salt$hex` is an HMAC to Werkzeug and a plain digest to
//! Django), so the importer says where a text comes from.

mod bcrypt;
mod django;
mod ldap;
mod modular;
mod npm;
mod pbkdf2_texts;
#[cfg(test)]
mod tests;
mod werkzeug;

use crate::error::UnknownScheme;
use crate::origin::Origin;
use crate::recipe::Recipe;
use crate::scheme::Scheme;
use crate::template::Template;

impl Scheme {
    /// A verifier of the password that `origin` hashed into `text`. Blanks after it, as a column of fixed width leaves
    /// them, are no part of it.
    ///
    /// # Errors
    /// A form that is not computed here is refused by its name, never taken as something else.
    pub fn read(origin: Origin, text: &str) -> Result<Self, UnknownScheme> {
        if origin == Origin::Werkzeug {
            return Self::from_werkzeug(text);
        }
        let text = text.trim_end_matches([' ', '\0', '\t', '\r', '\n']);
        match origin {
            Origin::Django => django::read(text),
            Origin::NpmPasswordHash => npm::read_password_hash(text),
            Origin::NpmCredential => npm::read_credential(text),
            Origin::Md5 => Self::from_md5(text),
            Origin::Passlib => modular::read_bare(text).unwrap_or_else(|| modular::read(origin, text)),
            origin => modular::read(origin, text),
        }
    }

    /// A bcrypt hash of nobody knows whom.
    pub fn from_bcrypt(text: &str) -> Result<Self, UnknownScheme> {
        Self::read(Origin::Bcrypt, text)
    }

    /// An unsalted MD5 in 32 hex digits of either case (medusa, php's variant A).
    pub fn from_md5(text: &str) -> Result<Self, UnknownScheme> {
        Self::from_digest(Recipe::new(Template::md5(), "", None)?, text)
    }

    /// `METHOD$SALT$HASH` as Werkzeug 0.9 to 3.1 wrote it (proxy `schema.md`). Where pbkdf2 or scrypt come without
    /// parameters, the release's defaults become part of the scheme.
    pub fn from_werkzeug(text: &str) -> Result<Self, UnknownScheme> {
        match text.as_bytes() {
            // A program that moved to another library kept the column.
            [b'$' | b'{', ..] => modular::read(Origin::Werkzeug, text.trim_end()),
            _ => werkzeug::read(text),
        }
    }

    /// `ALGORITHM$...` as Django writes it, or 32 bare hex digits.
    pub fn from_django(text: &str) -> Result<Self, UnknownScheme> {
        Self::read(Origin::Django, text)
    }
}
