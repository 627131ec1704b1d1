//! By what an MD5 column was made: passwords that everybody has are tried on its first rows.

use dragoman_passwords::{md5, self_md5, user_md5};

use crate::mapping::PasswordScheme;

/// The most common passwords of every leaked list; a user's own name is tried as well.
const COMMON: [&str; 24] = [
    "123456",
    "123456789",
    "111111",
    "password",
    "12345678",
    "12345",
    "qwerty",
    "000000",
    "123123",
    "1234567",
    "admin",
    "abc123",
    "1234567890",
    "654321",
    "888888",
    "666666",
    "88888888",
    "5201314",
    "1234",
    "test",
    "123",
    "admin123",
    "a123456",
    "root",
];

/// What a row has to be tried.
pub(super) struct Candidate<'c> {
    pub username: &'c str,
    pub stored: &'c str,
    pub salt: Option<&'c str>,
}

/// How many rows open with a common password, by each scheme.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Opened {
    pub md5: usize,
    pub salted: usize,
    pub digest: usize,
}

impl Opened {
    pub fn of<'c>(candidates: impl Iterator<Item = Candidate<'c>>) -> Self {
        let mut opened = Self::default();
        for Candidate { username, stored, salt } in candidates {
            let stored = stored.to_ascii_lowercase();
            let is = |digest: String| digest == stored;
            let any = |test: &dyn Fn(&str) -> bool| COMMON.iter().copied().chain([username]).any(test);
            let salted = |salt: &str| any(&|word| is(md5(format!("{}{salt}", md5(word.as_bytes())).as_bytes())));
            opened.md5 += usize::from(any(&|word| is(md5(word.as_bytes()))));
            opened.salted += usize::from(salt.is_some_and(salted));
            opened.digest +=
                usize::from(any(&|word| is(user_md5(username, word.as_bytes())) || is(self_md5(word.as_bytes()))));
        }
        opened
    }

    /// The scheme by which most open, with their number.
    pub fn scheme(&self) -> Option<(PasswordScheme, usize)> {
        let all = [
            (PasswordScheme::Md5, self.md5),
            (PasswordScheme::Md5Md5Salt, self.salted),
            (PasswordScheme::Digest, self.digest),
        ];
        all.into_iter().filter(|(_, opened)| *opened > 0).max_by_key(|(_, opened)| *opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_password_tells_the_scheme() {
        let scheme = |username, stored: &str, salt| {
            Opened::of([Candidate { username, stored, salt }].into_iter()).scheme().map(|(scheme, _)| scheme)
        };
        assert_eq!(scheme("ann", "96E79218965EB72C92A549DD5A330112", None), Some(PasswordScheme::Md5));
        assert_eq!(scheme("ann", &user_md5("ann", b"111111"), None), Some(PasswordScheme::Digest));
        let salted = md5(format!("{}x1", md5(b"ann")).as_bytes());
        assert_eq!(scheme("ann", &salted, Some("x1")), Some(PasswordScheme::Md5Md5Salt));
        assert_eq!(scheme("ann", &md5(b"nobody has this one"), Some("x1")), None);
    }
}
