use crate::bcrypt_keys::BcryptWriter;

/// Which program wrote a password hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Werkzeug 0.9 to 3.1: `METHOD$SALT$HASH`.
    Werkzeug,
    /// Django: `ALGORITHM$...`.
    Django,
    /// passlib, which writes everything.
    Passlib,
    /// crypt(3) of a C library.
    Crypt,
    /// PHP's `password_hash` and `crypt`.
    Php,
    /// Go's `x/crypto/bcrypt`.
    Go,
    /// Python's `bcrypt`.
    PythonBcrypt,
    /// Flask-Bcrypt, whose texts do not say whether it hashed the password before.
    FlaskBcrypt,
    /// A bcrypt of nobody knows whom.
    Bcrypt,
    /// argon2-cffi and other writers of `$argon2`.
    Argon2,
    /// Apache's `htpasswd`.
    Htpasswd,
    /// A directory server or Dovecot: `{SCHEME}...`.
    Ldap,
    /// npm's `password-hash`: `ALGORITHM$SALT$ITERATIONS$HEX`.
    NpmPasswordHash,
    /// npm's `credential`: JSON.
    NpmCredential,
    /// WordPress, phpBB or Drupal.
    Phpass,
    /// Unsalted MD5 in hex.
    Md5,
}

impl Origin {
    const NAMED: [(Self, &'static str); 16] = [
        (Self::Werkzeug, "werkzeug"),
        (Self::Django, "django"),
        (Self::Passlib, "passlib"),
        (Self::Crypt, "crypt"),
        (Self::Php, "php"),
        (Self::Go, "go"),
        (Self::PythonBcrypt, "python-bcrypt"),
        (Self::FlaskBcrypt, "flask-bcrypt"),
        (Self::Bcrypt, "bcrypt"),
        (Self::Argon2, "argon2"),
        (Self::Htpasswd, "htpasswd"),
        (Self::Ldap, "ldap"),
        (Self::NpmPasswordHash, "npm-password-hash"),
        (Self::NpmCredential, "npm-credential"),
        (Self::Phpass, "phpass"),
        (Self::Md5, "md5"),
    ];

    /// Every name, as an operator writes it.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMED.iter().map(|(_, name)| *name)
    }

    /// The name of this one.
    pub fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(origin, _)| *origin == self).map_or("", |(_, name)| name)
    }

    /// The origin of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(_, known)| *known == name).map(|(origin, _)| *origin)
    }

    /// How this program fed bcrypt.
    pub(crate) fn bcrypt_writer(self) -> BcryptWriter {
        match self {
            Self::Go | Self::PythonBcrypt | Self::Django => BcryptWriter::Plain,
            Self::Php | Self::Crypt | Self::Htpasswd | Self::Phpass => BcryptWriter::CryptBlowfish,
            Self::FlaskBcrypt | Self::Bcrypt => BcryptWriter::UnknownOrFlask,
            Self::Werkzeug
            | Self::Passlib
            | Self::Argon2
            | Self::Ldap
            | Self::NpmPasswordHash
            | Self::NpmCredential
            | Self::Md5 => BcryptWriter::Unknown,
        }
    }
}
