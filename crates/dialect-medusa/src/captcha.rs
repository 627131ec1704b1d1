//! What is known of captchas wherever they are handled (section 2.2).

use std::time::Duration;

use dragoman_accounts::ChallengePolicy;

/// The purpose under which the domain keeps captchas.
pub const CAPTCHAS: &str = "captchas";

/// A captcha lives 60 whole seconds, and a wrong text does not use it up (section 2.2).
pub const CAPTCHA_POLICY: ChallengePolicy =
    ChallengePolicy { whole_seconds: true, ..ChallengePolicy::lasting(Duration::from_secs(60)) };

/// The purpose under which the keys of the old server's captchas are known.
pub const RELAYED: &str = "old captchas";
/// Where what a picture shows is told, if it is.
pub const SHOWN: &str = "X-Dragoman-Captcha-Answer";

/// Who judges a captcha.
pub enum Captcha {
    /// It was ours, and right.
    Here,
    /// The old server: it drew the picture.
    There {
        /// Its key.
        key: String,
        /// What was read.
        text: String,
    },
}
