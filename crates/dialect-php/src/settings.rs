//! What an operator sets for a mount of this dialect: the table of section 1.1.

use dragoman_dialect::{CENTURY_SECONDS, bounded};
use dragoman_passwords::View;
use serde::{Deserialize, Serialize};

use crate::SCRIPTS;

/// The dialect's part of its configuration section.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The folders in which a site with these scripts lived (2.1).
    pub mounts: Vec<Folder>,
    /// Content type of all answers but pictures (2.4).
    pub content_type: ContentType,
    /// Escape as PHP's encoder does by default (2.5).
    pub json_ascii: bool,
    /// Log out with the six bytes `{true}` (section 6).
    pub logout_literal: bool,
    /// A session dies after this time without a request.
    pub session_idle_seconds: u32,
    /// Life of a login token.
    pub login_token_seconds: u32,
    /// Life of a captcha.
    pub captcha_seconds: u32,
    /// Whether login and registration need a login token.
    pub require_login_token: bool,
    /// Digests that log in an account whose plain password was seen (3.4); none: no digest of it is kept.
    pub digest_schemes: Vec<DigestScheme>,
    /// Whether `register.php` makes accounts.
    pub allow_registration: bool,
    /// Shortest new password in characters, where its plain text is known.
    pub min_password: usize,
    /// Longest new password in characters, where its plain text is known.
    pub max_password: usize,
    /// Sessions that visitors of one network may begin within a minute (one-domain.md P7); 0: any number.
    pub visits_per_minute: u32,
    /// Captchas that one network may have drawn within a minute (one-domain.md P7); 0: any number.
    pub captchas_per_minute: u32,
    /// Mark cookies `Secure` although this server itself speaks plain HTTP: for HTTPS that ends at a proxy (2.7).
    pub secure_cookie: bool,
    /// Tests may hide what `--testing` shows. No key of a configuration file, hence not written.
    #[serde(rename = "captcha.reveal_answers", skip_serializing)]
    pub reveal_answers: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mounts: vec![Folder::ROOT],
            content_type: ContentType::Json,
            json_ascii: false,
            logout_literal: false,
            session_idle_seconds: 1440,
            login_token_seconds: 1440,
            captcha_seconds: 300,
            require_login_token: true,
            digest_schemes: vec![DigestScheme::UserMd5, DigestScheme::SelfMd5, DigestScheme::Md5],
            allow_registration: true,
            min_password: 6,
            max_password: 32,
            visits_per_minute: 60_000,
            captchas_per_minute: 600,
            secure_cookie: false,
            reveal_answers: true,
        }
    }
}

impl Settings {
    /// What no type can say; the error is for the operator.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.mounts.is_empty() {
            return Err(
                "mounts: without a folder nothing is served; `enabled = false` switches the dialect off".to_owned()
            );
        }
        for (key, seconds) in [
            ("session_idle_seconds", self.session_idle_seconds),
            ("login_token_seconds", self.login_token_seconds),
            ("captcha_seconds", self.captcha_seconds),
        ] {
            bounded(key, u64::from(seconds), 1..=CENTURY_SECONDS)?;
        }
        if self.min_password > self.max_password {
            return Err(format!("min_password: {} is more than max_password", self.min_password));
        }
        Ok(())
    }

    /// The views of a password to keep for the digests that log in.
    pub(crate) fn digest_views(&self) -> Vec<View> {
        self.digest_schemes.iter().map(|scheme| scheme.view()).collect()
    }

    /// Whether a path below the dialect's prefix lies where one of the sites had its scripts.
    pub(crate) fn is_below_a_mount(&self, path: &str) -> bool {
        self.below_mounts(path).next().is_some()
    }

    /// Whether a path is that of a file there, with one slash behind it or none: `login.php/x` runs in PHP, not here (2.1).
    pub(crate) fn is_script_of_a_mount(&self, path: &str) -> bool {
        self.below_mounts(path).any(|name| !name.strip_suffix('/').unwrap_or(name).contains('/'))
    }

    fn below_mounts<'p>(&self, path: &'p str) -> impl Iterator<Item = &'p str> {
        self.mounts.iter().filter_map(move |folder| path.strip_prefix(&*folder.0)?.strip_prefix(SCRIPTS))
    }
}

/// A folder of a website: empty for its root, else with a slash in front and none behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Folder(String);

impl Folder {
    /// The website's own root.
    pub const ROOT: Self = Self(String::new());
}

impl TryFrom<String> for Folder {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let folder = text.strip_suffix('/').unwrap_or(&text);
        let is_segment = |segment: &str| {
            !matches!(segment, "" | "." | "..")
                && !segment.contains(['?', '#', '%', '\\'])
                && !segment.contains(char::is_control)
        };
        match folder.strip_prefix('/') {
            None if text == "/" => Ok(Self::ROOT),
            Some(segments) if segments.split('/').all(is_segment) => Ok(Self(folder.to_owned())),
            _ => Err(format!("`{text}` is no folder like `/` or `/forum`")),
        }
    }
}

impl From<Folder> for String {
    fn from(Folder(path): Folder) -> Self {
        if path.is_empty() { "/".to_owned() } else { path }
    }
}

/// The two content types of section 2.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentType {
    /// `application/json; charset=UTF-8`
    Json,
    /// `text/html; charset=UTF-8`, with `<`, `>`, `&` and `'` escaped.
    Html,
}

impl ContentType {
    pub(crate) const fn header(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=UTF-8",
            Self::Html => "text/html; charset=UTF-8",
        }
    }
}

/// A digest of section 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DigestScheme {
    /// MD5(username + MD5(password))
    UserMd5,
    /// MD5(password + MD5(password))
    SelfMd5,
    /// MD5(password)
    Md5,
}

impl DigestScheme {
    const fn view(self) -> View {
        match self {
            Self::UserMd5 => View::UserMd5,
            Self::SelfMd5 => View::SelfMd5,
            Self::Md5 => View::Md5,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn settings(members: Value) -> Result<Settings, String> {
        serde_json::from_value(members).map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_are_the_contracts() {
        let defaults = serde_json::to_value(Settings::default()).unwrap();
        let expected = json!({
            "mounts": ["/"], "content_type": "json", "json_ascii": false, "logout_literal": false,
            "session_idle_seconds": 1440, "login_token_seconds": 1440, "captcha_seconds": 300,
            "require_login_token": true, "digest_schemes": ["user_md5", "self_md5", "md5"], "allow_registration": true,
            "min_password": 6, "max_password": 32, "visits_per_minute": 60000,
            "captchas_per_minute": 600, "secure_cookie": false,
        });
        assert_eq!(defaults, expected);
        assert!(settings(defaults).unwrap().check().is_ok());
    }

    #[test]
    fn scripts_are_found_in_every_mount_and_nowhere_else() {
        let both = settings(json!({ "mounts": ["/", "/forum/", "/a/b"] })).unwrap();
        for path in
            ["/api/v1/users/login.php", "/forum/api/v1/users/login.php/", "/a/b/api/v1/users/x", "/api/v1/users/"]
        {
            assert!(both.is_below_a_mount(path) && both.is_script_of_a_mount(path), "{path}");
        }
        for path in
            ["/forum/api/v1/users/login.php/x", "/api/v1/users/login.php//", "/api/v1/users/x/api/v1/users/login.php"]
        {
            assert!(both.is_below_a_mount(path) && !both.is_script_of_a_mount(path), "{path}");
        }
        for path in
            ["/api/v1/users", "/forum", "/Forum/api/v1/users/login.php", "/forumapi/v1/users/login.php", "login.php"]
        {
            assert!(!both.is_below_a_mount(path) && !both.is_script_of_a_mount(path), "{path}");
        }
        let forum = settings(json!({ "mounts": ["/forum"] })).unwrap();
        assert!(!forum.is_below_a_mount("/api/v1/users/login.php"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for mounts in
            [json!([""]), json!(["forum"]), json!(["//"]), json!(["/a//b"]), json!(["/a/../b"]), json!(["/a?b"])]
        {
            assert!(settings(json!({ "mounts": mounts })).unwrap_err().contains("no folder"), "{mounts}");
        }
        assert!(settings(json!({ "mounts": [] })).unwrap().check().is_err());
        assert!(settings(json!({ "min_password": 9, "max_password": 8 })).unwrap().check().is_err());
        assert!(settings(json!({ "digest_schemes": ["sha1"] })).is_err());
        assert!(settings(json!({ "mount": ["/"] })).is_err());
    }
}
