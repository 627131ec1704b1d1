//! What an operator sets for a mount of this dialect.

use std::{collections::BTreeMap, time::Duration};

use actix_web::http::header::HeaderValue;
use dragoman_accounts::ThrottlePolicy;
use dragoman_dialect::{CENTURY_SECONDS, DAY_SECONDS, bounded};
use serde::{Deserialize, Serialize};

/// The dialect's part of its configuration section.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether the register endpoint makes accounts (one-domain.md R11).
    pub registration_open: bool,
    /// Origins whose pages may read answers (section 3.4); empty: all.
    pub allowed_origins: Vec<String>,
    /// The limit on failed logins (section 4, row 1b).
    pub login_throttle: Switch,
    /// Failed logins for one account within `login_window_seconds`; 0: no limit.
    pub login_failures_per_account: u32,
    /// Failed logins from one client address within `login_window_seconds`; 0: no limit.
    pub login_failures_per_address: u32,
    /// How long a failed login counts.
    pub login_window_seconds: u64,
    /// How long no other code is sent to an address (section 8, row 3).
    pub mail_wait_seconds: u64,
    /// Codes that one client address may have sent within a minute (one-domain.md P7); 0: no limit.
    pub mails_per_minute: u32,
    /// Subject of the mail with a code.
    pub mail_subject: String,
    /// The name beside the gateway's own address in that mail.
    pub mail_sender_name: String,
    /// What stands before the digest in avatar URLs (section 10).
    pub avatar_base_url: String,
    /// Whether the login's answer ends with `proxies_num`, which the panel of 2023 shows as "NaN" without it.
    pub login_proxies_num: bool,
    /// Limits of accounts that have none of their own, by group (section 10).
    pub groups: BTreeMap<String, GroupLimits>,
}

/// `on` or `off`, as fixtures write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// In force.
    On,
    /// Not in force.
    Off,
}

/// Speed limits in KiB per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupLimits {
    /// Download.
    pub inbound: i64,
    /// Upload.
    pub outbound: i64,
}

/// The largest number that JavaScript reads without loss.
const LARGEST_LIMIT: i64 = (1 << 53) - 1;
/// Of accounts whose group has no limits either (section 10).
const DEFAULT_LIMITS: GroupLimits = GroupLimits { inbound: 1280, outbound: 1280 };

impl Default for Settings {
    fn default() -> Self {
        Self {
            registration_open: true,
            allowed_origins: Vec::new(),
            login_throttle: Switch::On,
            login_failures_per_account: 10,
            login_failures_per_address: 100,
            login_window_seconds: 600,
            mail_wait_seconds: 60,
            mails_per_minute: 60,
            mail_subject: "LoCyan Verify Code".to_owned(),
            mail_sender_name: "LoCyan Frp".to_owned(),
            avatar_base_url: "https://cravatar.cn/avatar/".to_owned(),
            login_proxies_num: false,
            groups: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// What is wrong with values of the right types, for the operator.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(origin) = self.allowed_origins.iter().find(|origin| HeaderValue::from_str(origin).is_err()) {
            return Err(format!("allowed_origins: {origin:?} is no origin"));
        }
        bounded("login_window_seconds", self.login_window_seconds, 1..=CENTURY_SECONDS)?;
        bounded("mail_wait_seconds", self.mail_wait_seconds, 0..=DAY_SECONDS)?;
        let limits = self.groups.values().flat_map(|group| [group.inbound, group.outbound]);
        limits.into_iter().try_for_each(|limit| bounded("groups", limit, -1..=LARGEST_LIMIT))
    }

    /// The limits of a group.
    pub(crate) fn limits_of(&self, group: &str) -> GroupLimits {
        self.groups.get(group).copied().unwrap_or(DEFAULT_LIMITS)
    }

    /// Row 1b of section 4 and section 14. The owner of an account is not refused at a network he logs in from for what
    /// happens elsewhere: nobody can lock him out.
    /// The house counts an account's failures in an hour over all dialects; so are these.
    pub(crate) fn login_policy(&self, house: Option<ThrottlePolicy>) -> Option<ThrottlePolicy> {
        let window = Duration::from_secs(self.login_window_seconds);
        let per_account = self.login_failures_per_account.into();
        let policy = ThrottlePolicy {
            per_account_and_network: per_account,
            per_account,
            per_network: self.login_failures_per_address.into(),
            window,
            slow_window: window,
            sliding: true,
            elsewhere: house.map(|house| (house.per_account, house.slow_window)),
            ..ThrottlePolicy::default()
        };
        (self.login_throttle == Switch::On).then_some(policy)
    }
}
