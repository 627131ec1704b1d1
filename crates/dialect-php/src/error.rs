//! The one table of refusals: every row of sections 4, 7 and 9 that says no, what each domain error becomes, endpoint by
//! endpoint, and what holds for all (2.6, section 14).

use std::{borrow::Cow, fmt};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use dragoman_accounts::AccountError;
use dragoman_dialect::Declined;

use crate::{
    names::BadNickname,
    settings::Settings,
    wire::{Outcome, Verdict},
};

/// An endpoint as far as it refuses in words of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `login.php`
    Login,
    /// `register.php`
    Register,
    /// `modify_user_nickname.php`
    Nickname,
    /// `modify_user_password.php`
    Password,
    /// `logout.php`
    Logout,
    /// Those with a plain body: `get-status.php`, `login-token.php`, `captcha.php`, `get-user-info.php`
    Plain,
}

/// Every answer that is not the endpoint's success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Shape L.
    Outcome(StatusCode, Outcome),
    /// Shape M.
    Verdict(StatusCode, Verdict),
    /// `{"flag":false}`
    Flag(StatusCode),
    /// `false`: the session store failed to log out. Status 200 (section 6).
    NotLoggedOut,
    /// No script of that name.
    NotFound,
}

const FAULT: &str = "服务器内部错误，请稍后再试";
const BUSY: &str = "服务器繁忙，请稍后再试";
const WRONG_METHOD: &str = "请求方式错误，请使用POST方式提交";
const UNENCRYPTED: &str = "密码禁止明文传输，请加密后提交";
const THROTTLED: &str = "登录失败次数过多，请稍后再试";

const fn outcome(flag: &'static str, message: &'static str, action: &'static [&'static str]) -> Refusal {
    Refusal::Outcome(StatusCode::OK, Outcome::refused(flag, message, action))
}

const fn verdict(msg: &'static str) -> Refusal {
    Refusal::Verdict(StatusCode::OK, Verdict::refused(msg))
}

/// Section 4, and what section 9 has alike.
impl Refusal {
    pub const NO_USERNAME: Self = outcome("1001", "请输入用户名", &["focus_Username"]);
    pub const NO_PASSWORD: Self = outcome("1001", "请输入密码", &["focus_Password"]);
    pub const NO_CAPTCHA: Self = outcome("1001", "请输入验证码", &["focus_Captcha"]);
    pub const NO_LOGIN_TOKEN: Self = outcome("1001", "登录令牌缺失，请刷新页面后重试", &["refresh_Page"]);
    pub const PLAIN_PASSWORD: Self = outcome("1005", UNENCRYPTED, &["clear_Password", "focus_Password"]);
    pub const STALE_LOGIN_TOKEN: Self = outcome("1002", "登录令牌无效或已过期，请刷新页面后重试", &["refresh_Page"]);
    const NO_LIVE_CAPTCHA: Self =
        outcome("1004", "验证码已过期，请重新输入", &["clear_Captcha", "refresh_Captcha", "focus_Captcha"]);
    const WRONG_CAPTCHA: Self = outcome("1003", "验证码错误", &["clear_Captcha", "refresh_Captcha", "focus_Captcha"]);
    const TOO_MANY_FAILURES: Self = outcome("2003", THROTTLED, &["clear_Password", "clear_Captcha", "refresh_Captcha"]);
    const WRONG_PASSWORD: Self =
        outcome("2001", "用户名或密码错误", &["clear_Password", "clear_Captcha", "refresh_Captcha", "focus_Password"]);
    const DISABLED: Self =
        outcome("2002", "该账号已被禁用，请联系管理员", &["clear_Password", "clear_Captcha", "refresh_Captcha"]);
}

/// Section 9.
impl Refusal {
    pub const REGISTRATION_CLOSED: Self = outcome("3002", "当前不允许注册", &[]);
    pub const BAD_USERNAME: Self = outcome("1007", "用户名格式不正确", &["focus_Username"]);
    const NAME_TAKEN: Self = outcome("3001", "用户名已存在", &["clear_Captcha", "refresh_Captcha", "focus_Username"]);

    pub fn bad_password_length(settings: &Settings) -> Self {
        let message = Cow::Owned(format!("密码长度应为{}-{}位", settings.min_password, settings.max_password));
        let action = &["clear_Password", "focus_Password"];
        Self::Outcome(StatusCode::OK, Outcome { flag: "1008", message, success: false, action })
    }
}

/// Section 7.
impl Refusal {
    pub const ILLEGAL_REQUEST: Self = verdict("非法请求");
    pub const NOT_LOGGED_IN: Self = verdict("请先登录");
    pub const NO_UUID: Self = verdict("缺少参数：uuid");
    pub const FOREIGN_UUID: Self = verdict("无权修改其他用户的信息");
    pub const NO_OLD_PASSWORD: Self = verdict("请输入旧密码");
    pub const NO_NEW_PASSWORD: Self = verdict("请输入新密码");
    pub const NO_CONFIRMATION: Self = verdict("请再次输入新密码");
    pub const PLAIN_PASSWORDS: Self = verdict(UNENCRYPTED);
    pub const PASSWORDS_DIFFER: Self = verdict("两次输入的新密码不一致");
    pub const SAME_PASSWORD: Self = verdict("新密码不能与旧密码相同");
    const WRONG_OLD_PASSWORD: Self = verdict("旧密码错误");
    const FORBIDDEN_CHARACTER: Self = verdict("昵称包含非法字符");

    pub fn bad_new_password_length(settings: &Settings) -> Self {
        let msg = Cow::Owned(format!("新密码长度应为{}-{}位", settings.min_password, settings.max_password));
        Self::Verdict(StatusCode::OK, Verdict { msg, success: false })
    }

    pub const fn bad_nickname(fault: BadNickname) -> Self {
        match fault {
            BadNickname::Empty => verdict("昵称不能为空"),
            BadNickname::TooLong => verdict("昵称长度不能超过20个字符"),
            BadNickname::ForbiddenCharacter => Self::FORBIDDEN_CHARACTER,
        }
    }
}

/// What holds for several endpoints, each in its shape.
impl Refusal {
    /// Row 1 of each table.
    pub const fn wrong_method(endpoint: Endpoint) -> Self {
        match endpoint {
            Endpoint::Login | Endpoint::Register => outcome("1006", WRONG_METHOD, &[]),
            Endpoint::Nickname | Endpoint::Password => verdict(WRONG_METHOD),
            // These know no wrong method.
            Endpoint::Logout | Endpoint::Plain => Self::fault(endpoint),
        }
    }

    /// 413 with the body of the first missing field: PHP drops all fields of a body that is too large.
    pub const fn too_large(endpoint: Endpoint) -> Self {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        match endpoint {
            Endpoint::Login | Endpoint::Register => {
                Self::Outcome(status, Outcome::refused("1001", "请输入用户名", &["focus_Username"]))
            }
            Endpoint::Nickname | Endpoint::Password => Self::Verdict(status, Verdict::refused("非法请求")),
            Endpoint::Logout | Endpoint::Plain => Self::Flag(status),
        }
    }

    const fn fault(endpoint: Endpoint) -> Self {
        Self::failed(endpoint, StatusCode::INTERNAL_SERVER_ERROR, "9001", FAULT)
    }

    /// Section 14.
    const fn busy(endpoint: Endpoint) -> Self {
        Self::failed(endpoint, StatusCode::SERVICE_UNAVAILABLE, "9002", BUSY)
    }

    const fn failed(endpoint: Endpoint, status: StatusCode, flag: &'static str, text: &'static str) -> Self {
        match endpoint {
            Endpoint::Login | Endpoint::Register => Self::Outcome(status, Outcome::refused(flag, text, &[])),
            Endpoint::Nickname | Endpoint::Password => Self::Verdict(status, Verdict::refused(text)),
            Endpoint::Logout => Self::NotLoggedOut,
            Endpoint::Plain => Self::Flag(status),
        }
    }

    /// What a domain error is called at an endpoint.
    pub fn of(endpoint: Endpoint, error: AccountError) -> Self {
        match error {
            AccountError::NameTaken => Self::NAME_TAKEN,
            AccountError::UnknownAccount => match endpoint {
                Endpoint::Login => Self::WRONG_PASSWORD,
                // Deleted since the session was read (2.7).
                Endpoint::Nickname | Endpoint::Password => Self::NOT_LOGGED_IN,
                Endpoint::Register | Endpoint::Logout | Endpoint::Plain => Self::fault(endpoint),
            },
            AccountError::WrongPassword => match endpoint {
                Endpoint::Password => Self::WRONG_OLD_PASSWORD,
                _ => Self::WRONG_PASSWORD,
            },
            // Row 12 is told only to those who know the password.
            AccountError::Locked { password_right } => match endpoint {
                Endpoint::Nickname | Endpoint::Password => Self::NOT_LOGGED_IN,
                _ if password_right => Self::DISABLED,
                _ => Self::WRONG_PASSWORD,
            },
            // Too many wrong old passwords: the contract has no row for them; the text is that of login row 10.
            AccountError::Throttled => match endpoint {
                Endpoint::Nickname | Endpoint::Password => verdict(THROTTLED),
                // Too many visits (one-domain.md P7): no recorded client makes them.
                Endpoint::Logout | Endpoint::Plain => Self::Flag(StatusCode::TOO_MANY_REQUESTS),
                Endpoint::Login | Endpoint::Register => Self::TOO_MANY_FAILURES,
            },
            AccountError::UnknownChallenge | AccountError::ExpiredChallenge => Self::NO_LIVE_CAPTCHA,
            AccountError::WrongAnswer => Self::WRONG_CAPTCHA,
            // One-domain.md N4 and N5; the rows on names and nicknames stand before it.
            AccountError::NotStorable => match endpoint {
                Endpoint::Register => Self::BAD_USERNAME,
                Endpoint::Nickname => Self::FORBIDDEN_CHARACTER,
                _ => Self::fault(endpoint),
            },
            AccountError::Busy => Self::busy(endpoint),
            AccountError::Unavailable | AccountError::Internal => Self::fault(endpoint),
            // This dialect has neither addresses nor anything to administer.
            AccountError::EmailTaken | AccountError::Forbidden | AccountError::LastSuperAdministrator => {
                Self::fault(endpoint)
            }
        }
    }
}

/// What no route gets to see.
impl From<Declined> for Refusal {
    fn from(reason: Declined) -> Self {
        match reason {
            Declined::Malformed
            | Declined::HeadTooLarge
            | Declined::HeadTooSlow
            | Declined::Busy
            | Declined::OldServerAway => Self::Flag(reason.status()),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// Only the status counts here: `shape.rs` writes the answer, because it knows the settings.
impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Outcome(status, _) | Self::Verdict(status, _) | Self::Flag(status) => *status,
            Self::NotLoggedOut => StatusCode::OK,
            Self::NotFound => StatusCode::NOT_FOUND,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINTS: [Endpoint; 6] = [
        Endpoint::Login,
        Endpoint::Register,
        Endpoint::Nickname,
        Endpoint::Password,
        Endpoint::Logout,
        Endpoint::Plain,
    ];

    fn body(refusal: &Refusal) -> String {
        let text = |value: Result<String, serde_json::Error>| value.unwrap();
        match refusal {
            Refusal::Outcome(_, outcome) => text(serde_json::to_string(outcome)),
            Refusal::Verdict(_, verdict) => text(serde_json::to_string(verdict)),
            Refusal::Flag(_) => "{\"flag\":false}".to_owned(),
            Refusal::NotLoggedOut => "false".to_owned(),
            Refusal::NotFound => String::new(),
        }
    }

    #[test]
    fn a_full_queue_and_an_outage_have_the_endpoints_shapes_and_are_no_wrong_password() {
        for (error, status, flag, text) in [
            (AccountError::Busy, 503, "9002", BUSY),
            (AccountError::Unavailable, 500, "9001", FAULT),
            (AccountError::Internal, 500, "9001", FAULT),
        ] {
            let shape_l = format!(r#"{{"flag":"{flag}","message":"{text}","success":false,"action":[]}}"#);
            let shape_m = format!(r#"{{"msg":"{text}","success":false}}"#);
            let expected = [&*shape_l, &shape_l, &shape_m, &shape_m, "false", "{\"flag\":false}"];
            for (endpoint, expected) in ENDPOINTS.into_iter().zip(expected) {
                let refusal = Refusal::of(endpoint, error);
                let status = if endpoint == Endpoint::Logout { 200 } else { status };
                assert_eq!((refusal.status_code().as_u16(), &*body(&refusal)), (status, expected), "{endpoint:?}");
            }
        }
    }

    #[test]
    fn a_lock_is_told_at_login_only_and_only_to_those_who_know_the_password() {
        let of = |endpoint, password_right| Refusal::of(endpoint, AccountError::Locked { password_right });
        assert_eq!(of(Endpoint::Login, true), Refusal::DISABLED);
        assert_eq!(of(Endpoint::Login, false), Refusal::WRONG_PASSWORD);
        for gone in [AccountError::Locked { password_right: true }, AccountError::UnknownAccount] {
            assert_eq!(Refusal::of(Endpoint::Password, gone), Refusal::NOT_LOGGED_IN);
            assert_eq!(Refusal::of(Endpoint::Nickname, gone), Refusal::NOT_LOGGED_IN);
        }
    }
}
