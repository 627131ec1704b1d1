use std::fmt;

use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::hex;
use super::secret::Secret;

/// What of a password a stored verifier verifies (php contract 3.1): the text itself, or the digest some clients send
/// instead of it. Digests are verified as their 32 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// The password itself.
    Plain,
    /// [`user_md5`].
    UserMd5,
    /// [`self_md5`].
    SelfMd5,
    /// [`md5`].
    Md5,
    /// One of these digests, nobody knows which: the account was registered with it or imported from it.
    UnknownDigest,
}

impl View {
    const ALL: [Self; 5] = [Self::Plain, Self::UserMd5, Self::SelfMd5, Self::Md5, Self::UnknownDigest];

    /// The stored name, the same as in the setting `php.digest_schemes` where it occurs there.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::UserMd5 => "user_md5",
            Self::SelfMd5 => "self_md5",
            Self::Md5 => "md5",
            Self::UnknownDigest => "unknown_digest",
        }
    }

    /// The view of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }

    /// What this view shows of `password`. Nothing for [`View::UserMd5`] without a user name, and for
    /// [`View::UnknownDigest`], which has no formula.
    pub(super) fn of(self, password: &[u8], username: Option<&str>) -> Option<Secret> {
        match self {
            Self::Plain => Some(Secret::new(password)),
            Self::UserMd5 => username.map(|username| user_md5(username, password).into()),
            Self::SelfMd5 => Some(self_md5(password).into()),
            Self::Md5 => Some(md5(password).into()),
            Self::UnknownDigest => None,
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a client showed to prove that it knows the password.
#[derive(Clone, PartialEq, Eq)]
pub enum Presented {
    /// The password itself.
    Plain(Secret),
    /// A digest in 32 lower-case hex digits; make it with [`Presented::digest`].
    Digest(String),
}

impl Presented {
    /// The password itself.
    pub fn plain(password: impl Into<Vec<u8>>) -> Self {
        Self::Plain(Secret::new(password))
    }

    /// `text` as a digest, if it is 32 hex digits; upper case is accepted and lowered (php contract 3.1).
    pub fn digest(text: &str) -> Option<Self> {
        let is_digest = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| Self::Digest(text.to_ascii_lowercase()))
    }

    /// What was sent, as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Plain(password) => password.as_bytes(),
            Self::Digest(digest) => digest.as_bytes(),
        }
    }
}

/// A digest is as good as the password (php contract 3.4): neither is shown.
impl fmt::Debug for Presented {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Plain(_) => "Presented::Plain(..)",
            Self::Digest(_) => "Presented::Digest(..)",
        })
    }
}

/// MD5(password), 32 lower-case hex digits.
pub fn md5(password: &[u8]) -> String {
    hex::encode(&Algorithm::Md5.digest(password))
}

/// MD5(username + MD5(password)).
pub fn user_md5(username: &str, password: &[u8]) -> String {
    followed_by_md5(username.as_bytes(), password)
}

/// MD5(password + MD5(password)).
pub fn self_md5(password: &[u8]) -> String {
    followed_by_md5(password, password)
}

fn followed_by_md5(first: &[u8], password: &[u8]) -> String {
    let inner = Zeroizing::new(md5(password));
    md5(&Zeroizing::new([first, inner.as_bytes()].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of php contract 3.2.
    #[test]
    fn digests_of_the_contract() {
        assert_eq!(user_md5("111111", b"111111"), "c97ee47294955604c0af78f83b3c735a");
        assert_eq!(self_md5(b"111111"), "c97ee47294955604c0af78f83b3c735a");
        assert_eq!(md5(b"111111"), "96e79218965eb72c92a549dd5a330112");
        assert_eq!(user_md5("111111", b"123456"), "7d339ff0e9ca7294e7113e79f35d8a67");
        assert_eq!(self_md5(b"123456"), "82790085228cf8a1e3bac41f45271e5f");
        assert_eq!(user_md5("111111", "密码Ab1".as_bytes()), "fdbbc878e168314cb5c7c2a8659b46e3");
    }

    #[test]
    fn names_go_both_ways() {
        for view in View::ALL {
            assert_eq!(View::from_name(view.name()), Some(view));
        }
        assert_eq!(View::from_name("MD5"), None);
    }

    #[test]
    fn a_digest_is_32_hex_digits() {
        let lower = Presented::Digest("4ff6abdc63b485b520fbc13d9e4f880e".to_owned());
        assert_eq!(Presented::digest("4FF6ABDC63b485b520fbc13d9e4f880e"), Some(lower.clone()));
        for bad in [
            "",
            "4ff6abdc63b485b520fbc13d9e4f880",
            "4ff6abdc63b485b520fbc13d9e4f880g",
            "4ff6abdc63b485b520fbc13d9e4f880e0",
        ] {
            assert_eq!(Presented::digest(bad), None);
        }
        assert_eq!(format!("{lower:?} {:?}", Presented::plain("x")), "Presented::Digest(..) Presented::Plain(..)");
    }
}
