//! What an operator sets for a mount of this dialect (section 1.8).

use dragoman_dialect::{CENTURY_SECONDS, bounded};
use serde::{Deserialize, Serialize};

/// The dialect's part of its configuration section.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether `registered` makes accounts.
    pub registration_open: bool,
    /// What must be sent as `key` when registering.
    pub registration_key: String,
    /// Whether `forget_password` works.
    pub password_reset_open: bool,
    /// What must be sent as `key` to `forget_password`.
    pub password_reset_key: String,
    /// A token issued longer ago, in whole seconds, is unknown; absent: tokens last until the next login (section 2.3).
    pub token_max_age_seconds: Option<u32>,
    /// Captchas that one network may have drawn within a minute (one-domain.md P7); 0: any number.
    pub captchas_per_minute: u32,
}

const FACTORY_REGISTRATION_KEY: &str = "I_will_always_like_SoryuAsukaLangley";
const FACTORY_RESET_KEY: &str = "I_will_always_like_KatsuragiMisato";
/// The secrets every copy of the old program began with, those of release 0.94.9 included (section 9): anybody knows them.
const PUBLIC_KEYS: [&str; 4] = [
    FACTORY_REGISTRATION_KEY,
    FACTORY_RESET_KEY,
    "I_will_always_like_Rei_Ayanami",
    "https://github.com/Ascotbe/Medusa",
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            registration_open: true,
            registration_key: FACTORY_REGISTRATION_KEY.to_owned(),
            password_reset_open: false,
            password_reset_key: FACTORY_RESET_KEY.to_owned(),
            token_max_age_seconds: None,
            captchas_per_minute: 600,
        }
    }
}

impl Settings {
    /// What no type can say.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn check(&self) -> Result<(), String> {
        bounded("token_max_age_seconds", u64::from(self.token_max_age_seconds.unwrap_or(1)), 1..=CENTURY_SECONDS)
    }

    /// one-domain.md R3 †: no reset of anybody's password with a public secret; a public registration secret is told.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn check_secrets(&self) -> Result<(), String> {
        if self.password_reset_open && self.password_reset_key.is_empty() {
            return Err("password_reset_key: is empty, so anybody could reset any password: set one, or set \
                        `password_reset_open = false`"
                .to_owned());
        }
        if self.password_reset_open && is_public(&self.password_reset_key) {
            return Err("password_reset_key: is a factory value that anybody can look up, so anybody could reset any \
                        password: set one of your own, or set `password_reset_open = false`"
                .to_owned());
        }
        if self.registration_open && is_public(&self.registration_key) {
            tracing::warn!(
                "medusa.registration_key is a factory value that anybody can look up: ANYBODY CAN REGISTER. Set one of \
                 your own, or set `registration_open = false`"
            );
        }
        Ok(())
    }
}

fn is_public(key: &str) -> bool {
    PUBLIC_KEYS.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_reset_needs_a_secret_of_its_own() {
        assert!(Settings::default().check_secrets().is_ok(), "closed as it comes");
        for (key, allowed) in [
            (FACTORY_RESET_KEY, false),
            ("https://github.com/Ascotbe/Medusa", false),
            ("", false),
            ("a secret of one's own", true),
        ] {
            let settings =
                Settings { password_reset_open: true, password_reset_key: key.to_owned(), ..Settings::default() };
            assert_eq!(settings.check_secrets().is_ok(), allowed, "{key:?}");
        }
    }
}
