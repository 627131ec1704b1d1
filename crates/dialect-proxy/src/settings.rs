//! What an operator sets for a mount of this dialect.

use dragoman_dialect::{CENTURY_SECONDS, Zone, bounded, json::Layout};
use serde::{Deserialize, Serialize};

/// The dialect's part of its configuration section.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Both layouts of the old server (D18).
    pub json_layout: Layout,
    /// Signs and checks tokens; absent: a key made once and kept in the database (D20). A mount with another scope than
    /// `proxy` signs with a key made of this one and its scope.
    pub signing_key: Option<String>,
    /// Also accept tokens signed with the old server's public key, `ProxyPool`: anybody can make those (D20).
    pub accept_legacy_key: bool,
    /// How long after its issue a token works (section 11).
    pub session_seconds: i64,
    /// Whether `/regist` makes accounts (one-domain.md R11).
    pub registration_open: bool,
    /// Calls of `/regist` that are looked at within a minute for one network, because each tells whether a name is taken
    /// (one-domain.md P7); 0: any number.
    pub registrations_per_minute: u32,
    /// The zone whose wall clock answers show, labelled GMT (one-domain.md E7).
    pub time_zone: Zone,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            json_layout: Layout::Compact,
            signing_key: None,
            accept_legacy_key: false,
            session_seconds: 30 * 24 * 60 * 60,
            registration_open: true,
            registrations_per_minute: 300,
            time_zone: Zone::default(),
        }
    }
}

impl Settings {
    /// What no type can say; the error is for the operator.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.signing_key.as_deref().is_some_and(str::is_empty) {
            return Err("signing_key: is empty, so anybody could sign tokens".to_owned());
        }
        bounded("session_seconds", self.session_seconds, 1..=CENTURY_SECONDS.cast_signed())
    }
}
