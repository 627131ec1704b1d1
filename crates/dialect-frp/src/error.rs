//! The one table of refusals: what each domain error and each bad request becomes, endpoint by endpoint.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{ALLOW, HeaderValue},
    },
};
use dragoman_accounts::AccountError;
use dragoman_dialect::{Declined, body::BodyError, mail::MailError};

use crate::envelope::failure;

/// An endpoint that refuses in words of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Section 4.
    Login,
    /// Section 5.
    ResetPassword,
    /// Section 7.
    Register,
    /// Section 8.
    Send,
    /// All that only needs a token.
    Token,
}

/// Every answer that is not the endpoint's success: HTTP and body status, and the text that stands in both places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    text: &'static str,
    /// With a 405.
    allow: Option<&'static str>,
}

const fn refusal(status: StatusCode, text: &'static str) -> Refusal {
    Refusal { status, text, allow: None }
}

impl Refusal {
    /// Section 3.5.
    pub const NOT_FOUND: Self = refusal(StatusCode::NOT_FOUND, "请求的资源不存在");
    const TOO_LARGE: Self = refusal(StatusCode::PAYLOAD_TOO_LARGE, "请求内容过大");
    const UNREADABLE: Self = refusal(StatusCode::BAD_REQUEST, "请求格式错误");
    const HEAD_TOO_LARGE: Self = refusal(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "请求头过大");
    const TOO_SLOW: Self = refusal(StatusCode::REQUEST_TIMEOUT, "请求超时");
    const INTERNAL: Self = refusal(StatusCode::INTERNAL_SERVER_ERROR, "服务器内部错误");
    /// Section 14.
    const BUSY: Self = refusal(StatusCode::SERVICE_UNAVAILABLE, "服务器繁忙，请稍后再试");

    /// Section 2.2: no token, a token of nobody, a token of a disabled account.
    pub const NO_TOKEN: Self = refusal(StatusCode::UNAUTHORIZED, "请提供登录TOKEN");
    /// Section 9, check/token: the token is a parameter there.
    pub const NO_TOKEN_PARAMETER: Self = refusal(StatusCode::BAD_REQUEST, "请提供登录TOKEN");
    pub const BAD_TOKEN: Self = refusal(StatusCode::UNAUTHORIZED, "登录token校验失败！");
    pub const DISABLED: Self = refusal(StatusCode::FORBIDDEN, "账号已被禁用");

    /// Section 2.3.
    pub const NO_USERNAME: Self = refusal(StatusCode::BAD_REQUEST, "请提供用户名");
    pub const NOT_THE_OWNER: Self = refusal(StatusCode::FORBIDDEN, "用户名与密钥不符合");

    /// Section 4.
    pub const NO_CREDENTIALS: Self = refusal(StatusCode::BAD_REQUEST, "账号 / 密码 不可为空！");
    const WRONG_CREDENTIALS: Self = refusal(StatusCode::FORBIDDEN, "登录失败，账号或密码错误");
    const TOO_MANY_LOGINS: Self = refusal(StatusCode::TOO_MANY_REQUESTS, "登录失败次数过多，请稍后再试");

    /// Section 5.
    pub const INCOMPLETE_RESET: Self = refusal(StatusCode::BAD_REQUEST, "不完整的信息，请重新填写");
    const WRONG_OLD_PASSWORD: Self = refusal(StatusCode::FORBIDDEN, "旧密码错误，请检查");
    pub const SHORT_NEW_PASSWORD: Self = refusal(StatusCode::BAD_REQUEST, "新密码不能少于 5 个字符，请重新输入");

    /// Section 7, and one-domain.md R11.
    pub const CLOSED: Self = refusal(StatusCode::FORBIDDEN, "当前不允许注册");
    pub const INCOMPLETE: Self = refusal(StatusCode::BAD_REQUEST, "请将信息填写完整");
    pub const PASSWORDS_DIFFER: Self = refusal(StatusCode::BAD_REQUEST, "注册失败，你这俩密码咋还不一样呢？");
    pub const BAD_NAME: Self = refusal(StatusCode::BAD_REQUEST, "用户名不合法");
    pub const SHORT_PASSWORD: Self = refusal(StatusCode::BAD_REQUEST, "密码不能少于 5 个字符，请重新输入");
    pub const BAD_EMAIL: Self = refusal(StatusCode::BAD_REQUEST, "邮箱格式错误");
    /// The mistyped character is original.
    const NO_CODE: Self = refusal(StatusCode::BAD_REQUEST, "注册失败，清先获取验证码");
    const EXPIRED_CODE: Self = refusal(StatusCode::BAD_REQUEST, "验证码已失效，请重新获取邮件");
    const NAME_TAKEN: Self = refusal(StatusCode::CONFLICT, "注册失败，该用户名已存在！");
    const EMAIL_TAKEN: Self = refusal(StatusCode::CONFLICT, "注册失败，该邮箱已存在！请更换邮箱后重新获取验证码！");
    const WRONG_CODE: Self = refusal(StatusCode::FORBIDDEN, "注册失败，验证码不正确！");

    /// Section 8.
    pub const NO_EMAIL: Self = refusal(StatusCode::BAD_REQUEST, "邮箱不可为空！");
    pub const BAD_RECIPIENT: Self = refusal(StatusCode::BAD_REQUEST, NOT_SENT);
    pub const TOO_MANY_MAILS: Self = refusal(StatusCode::TOO_MANY_REQUESTS, "发送失败，请求过于频繁，请稍后再试！");
    const MAIL_REFUSED: Self = refusal(StatusCode::INTERNAL_SERVER_ERROR, NOT_SENT);

    /// Section 3.5, with the methods that are served.
    pub const fn method_not_allowed(allow: &'static str) -> Self {
        Self { allow: Some(allow), ..refusal(StatusCode::METHOD_NOT_ALLOWED, "请求方式不支持") }
    }

    /// What a domain error is called at an endpoint.
    pub fn of(endpoint: Endpoint, error: AccountError) -> Self {
        match error {
            // Rows 2 and 3 of section 4 are one answer; an account deleted since its token was read has none any more.
            AccountError::UnknownAccount => match endpoint {
                Endpoint::Login => Self::WRONG_CREDENTIALS,
                Endpoint::ResetPassword | Endpoint::Register | Endpoint::Send | Endpoint::Token => Self::BAD_TOKEN,
            },
            AccountError::WrongPassword => match endpoint {
                Endpoint::ResetPassword => Self::WRONG_OLD_PASSWORD,
                Endpoint::Login | Endpoint::Register | Endpoint::Send | Endpoint::Token => Self::WRONG_CREDENTIALS,
            },
            // Only the owner learns that the account is disabled.
            AccountError::Locked { password_right: true } => Self::DISABLED,
            AccountError::Locked { password_right: false } => Self::WRONG_CREDENTIALS,
            // Section 5 has no reply of its own: too many guesses of the old password look like one more.
            AccountError::Throttled => match endpoint {
                Endpoint::ResetPassword => Self::WRONG_OLD_PASSWORD,
                // one-domain.md P11: a network that guesses codes is told no more than that they are wrong.
                Endpoint::Register => Self::WRONG_CODE,
                Endpoint::Login | Endpoint::Send | Endpoint::Token => Self::TOO_MANY_LOGINS,
            },
            AccountError::NameTaken => Self::NAME_TAKEN,
            AccountError::EmailTaken => Self::EMAIL_TAKEN,
            // Names and addresses that may be registered can all be stored.
            AccountError::NotStorable => Self::BAD_NAME,
            AccountError::UnknownChallenge => Self::NO_CODE,
            AccountError::ExpiredChallenge => Self::EXPIRED_CODE,
            AccountError::WrongAnswer => Self::WRONG_CODE,
            AccountError::Busy => Self::BUSY,
            AccountError::Unavailable | AccountError::Internal => Self::INTERNAL,
            // This dialect has no administrators.
            AccountError::Forbidden | AccountError::LastSuperAdministrator => Self::INTERNAL,
        }
    }
}

/// Rows 2 and 4 of section 8.
const NOT_SENT: &str = "发送失败，邮箱格式填写不正确或者服务器宕机，请稍后再试！";

impl From<MailError> for Refusal {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Refused => Self::MAIL_REFUSED,
            MailError::TooMany => Self::TOO_MANY_MAILS,
            MailError::Accounts(error) => Self::of(Endpoint::Send, error),
        }
    }
}

impl Refusal {
    /// A body that could not be read whole; `None`: it has no fields, like a malformed one (section 2.1).
    pub fn of_body(error: BodyError) -> Option<Self> {
        match error {
            BodyError::TooLarge => Some(Self::TOO_LARGE),
            BodyError::TooSlow | BodyError::Broken => None,
        }
    }
}

/// What no route gets to see.
impl From<Declined> for Refusal {
    fn from(reason: Declined) -> Self {
        match reason {
            Declined::Malformed => Self::UNREADABLE,
            Declined::HeadTooLarge => Self::HEAD_TOO_LARGE,
            Declined::HeadTooSlow => Self::TOO_SLOW,
            Declined::Busy | Declined::OldServerAway => Self::BUSY,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.status, self.text)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = failure(self.status, self.text);
        if let Some(allow) = self.allow {
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        }
        answer
    }
}
