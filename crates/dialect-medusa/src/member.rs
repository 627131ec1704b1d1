//! What only this dialect knows of an account.

use dragoman_dialect::Facet;
use dragoman_passwords::random::Randomness;
use serde::{Deserialize, Serialize};

/// The picture of an account that never uploaded one.
pub const DEFAULT_AVATAR: &str = "admin.jpg";

/// Letters and digits without `0`: of tokens, account keys, captcha keys and picture names (sections 2.1 to 2.4, 3.8).
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz123456789";

/// The dialect's part of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MedusaFacet {
    /// 40 letters and digits. Never empty: the known client refuses to let such a user in (section 2.4).
    pub key: String,
    /// A bare file name in the picture store.
    pub avatar: String,
}

impl Facet for MedusaFacet {
    const NAME: &'static str = "medusa";
}

impl MedusaFacet {
    /// That of a new account, and of one that another dialect made at its first login here (one-domain.md E8).
    pub fn fresh(randomness: &dyn Randomness) -> Self {
        Self { key: new_account_key(randomness), avatar: DEFAULT_AVATAR.to_owned() }
    }
}

/// An account key (section 2.4).
pub fn new_account_key(randomness: &dyn Randomness) -> String {
    randomness.text(ALPHABET, 40)
}

/// A token (section 2.3) or the key of a captcha (section 2.1).
pub fn new_handle(randomness: &dyn Randomness) -> String {
    randomness.text(ALPHABET, 250)
}

/// The random part of a picture's name (section 3.8).
pub fn new_picture_stem(randomness: &dyn Randomness) -> String {
    randomness.text(ALPHABET, 10)
}

/// What a captcha shows: six small letters and digits without `0` (section 2.1).
pub fn new_captcha_text(randomness: &dyn Randomness) -> String {
    randomness.text(b"abcdefghijklmnopqrstuvwxyz123456789", 6)
}

#[cfg(test)]
mod tests {
    use dragoman_passwords::random::SeededRandomness;

    use super::*;

    #[test]
    fn random_texts_have_their_forms() {
        let source = SeededRandomness::new(1);
        let has_form = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphanumeric() && byte != b'0')
        };
        assert!(has_form(&new_account_key(&source), 40));
        assert!(has_form(&new_handle(&source), 250));
        assert!(has_form(&new_picture_stem(&source), 10));
        let shown = new_captcha_text(&source);
        assert!(has_form(&shown, 6) && shown == shown.to_lowercase());
    }
}
