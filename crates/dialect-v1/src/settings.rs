//! What an operator sets for a mount of this dialect.

use actix_web::http::header::HeaderValue;
use dragoman_dialect::{CENTURY_SECONDS, DAY_SECONDS, Zone, bounded};
use serde::{Deserialize, Serialize};

/// The dialect's part of its configuration section.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Which tokens a login answers.
    pub generation: Generation,
    /// The zone in which times are shown, with its history.
    pub time_zone: Zone,
    /// How long an access token works (D2); the clients count 300 seconds.
    pub access_token_seconds: u32,
    /// How long it goes on after that: a client that counts as well hangs when its last request comes too late.
    pub access_token_grace_seconds: u32,
    /// Whether `/user/register` makes accounts (one-domain.md R11).
    pub registration_open: bool,
    /// `Access-Control-Allow-Origin` of every answer.
    pub allow_origin: String,
    /// An upload's whole request may have one MiB more.
    pub upload_limit_mib: u16,
    /// Whether an upload must be a PNG or a JPEG, whatever its name says. The old server did not look; the gateway does,
    /// unless it is told not to.
    pub check_uploads: bool,
    /// The display name from which codes are mailed.
    pub mail_sender_name: String,
    /// How long no other code is mailed to an address (one-domain.md P11).
    pub mail_wait_seconds: u64,
    /// Whether a mailed code of four digits also logs administrators in and resets their passwords (one-domain.md P11).
    pub codes_for_administrators: bool,
}

/// The token generations of section 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Generation {
    /// Three members, of which each generation's client reads its own (D15).
    #[default]
    #[serde(rename = "both")]
    Both,
    /// Access and refresh token.
    #[serde(rename = "1.0")]
    AccessAndRefresh,
    /// One token.
    #[serde(rename = "1.1")]
    Single,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            generation: Generation::Both,
            // The database is bundled, so the zone is there.
            time_zone: Zone::try_from("Asia/Shanghai".to_owned()).unwrap_or_default(),
            access_token_seconds: 5 * 60,
            access_token_grace_seconds: 60,
            registration_open: true,
            allow_origin: "*".to_owned(),
            upload_limit_mib: 5,
            check_uploads: true,
            mail_sender_name: "网站管理员".to_owned(),
            mail_wait_seconds: 60,
            codes_for_administrators: false,
        }
    }
}

impl Settings {
    /// What no type can say; the error is for the operator.
    pub(crate) fn check(&self) -> Result<(), String> {
        if HeaderValue::from_str(&self.allow_origin).is_err() || self.allow_origin.is_empty() {
            return Err("allow_origin: must be `*` or an origin such as `https://leaf.example`".to_owned());
        }
        bounded("mail_wait_seconds", self.mail_wait_seconds, 0..=DAY_SECONDS)?;
        bounded("access_token_seconds", u64::from(self.access_token_seconds), 1..=CENTURY_SECONDS)?;
        bounded("upload_limit_mib", self.upload_limit_mib, 1..=4_096)
    }
}
