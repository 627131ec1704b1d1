//! The bodies of answers, members in the contract's order (2.5).

use std::borrow::Cow;

use dragoman_accounts::Member;
use serde::Serialize;

/// Shape L: login and registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// A code of table 2.8; a text, unlike that of [`Status`].
    pub flag: &'static str,
    pub message: Cow<'static, str>,
    pub success: bool,
    /// What the page is to do (2.9).
    pub action: &'static [&'static str],
}

impl Outcome {
    pub const fn success(message: &'static str) -> Self {
        Self { flag: "0", message: Cow::Borrowed(message), success: true, action: &["refresh_Page"] }
    }

    pub const fn refused(flag: &'static str, message: &'static str, action: &'static [&'static str]) -> Self {
        Self { flag, message: Cow::Borrowed(message), success: false, action }
    }
}

/// Shape M: nickname and password change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub msg: Cow<'static, str>,
    pub success: bool,
}

impl Verdict {
    pub const fn success(msg: &'static str) -> Self {
        Self { msg: Cow::Borrowed(msg), success: true }
    }

    pub const fn refused(msg: &'static str) -> Self {
        Self { msg: Cow::Borrowed(msg), success: false }
    }
}

/// `get-status.php` and `get-user-info.php` for somebody who is not logged in; also the fault of a plain endpoint (2.6).
#[derive(Serialize)]
pub struct Flag {
    flag: bool,
}

impl Flag {
    pub const FALSE: Self = Self { flag: false };
}

/// `get-status.php`
#[derive(Serialize)]
pub struct Status<'m> {
    username: &'m str,
    nickname: &'m str,
    flag: bool,
}

impl<'m> Status<'m> {
    pub fn of(member: &'m Member) -> Self {
        Self { username: &member.username, nickname: nickname(member), flag: true }
    }
}

/// `get-user-info.php`
#[derive(Serialize)]
pub struct UserInfo<'m> {
    uuid: &'m str,
    #[serde(flatten)]
    status: Status<'m>,
}

impl<'m> UserInfo<'m> {
    pub fn of(member: &'m Member) -> Self {
        Self { uuid: &member.account.uuid, status: Status::of(member) }
    }
}

/// `login-token.php`
#[derive(Serialize)]
pub struct LoginToken {
    pub login_token: String,
}

/// Never empty: an account without one shows its username (section 5, one-domain.md N6).
fn nickname(member: &Member) -> &str {
    match &member.account.display_name {
        Some(name) if !name.is_empty() => name,
        _ => &member.username,
    }
}
