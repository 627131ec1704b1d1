//! The one table of refusals: every code and message of section 2, and what each domain error becomes.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use dragoman_accounts::AccountError;
use dragoman_dialect::{Declined, body::BodyError, json::JsonFlavour, json::to_text, mail::MailError};

use crate::envelope::Envelope;

/// What an endpoint was doing when the domain said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// 1
    Register,
    /// 2
    LogIn,
    /// 3
    LogInByCode,
    /// 8, 11, 12, 15, 16, 17, 20
    Change,
    /// Everything that only reads, the guard included, and what is kept per address.
    Read,
}

/// Every answer that is not the endpoint's success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// HTTP 200 with a code and a message.
    Told(i64, &'static str),
    /// HTTP 400: the body cannot be bound; JSON that calls itself text.
    Unbound,
    /// What no route gets to see.
    Unread(StatusCode),
    /// HTTP 500: a fault of ours.
    Fault(&'static str),
    /// HTTP 404 as the old framework wrote it.
    NotFound,
}

impl Refusal {
    pub const CAPTCHA_NEEDED: Self = Self::Told(-1, "需要人机验证");
    pub const NOT_CREATED: Self = Self::Told(1000, "创建失败");
    pub const NOT_UPDATED: Self = Self::Told(1000, "更新失败");
    pub const OWN_ROLE: Self = Self::Told(1000, "不能修改自己的角色");
    pub const STALE_LINK: Self = Self::Told(1020, "链接已经失效");
    pub const TOKEN_EXPIRED: Self = Self::Told(3000, "token已过期");
    /// A code that does not match, or was never sent.
    pub const WRONG_CODE: Self = Self::Told(3010, "邮箱验证码错误");
    pub const WRONG_PASSWORD: Self = Self::Told(3020, "用户名或密码错误");
    pub const UNAUTHORIZED: Self = Self::Told(3030, "用户未授权");
    /// A wrong slider (section 7.5): the text of a body that cannot be bound, with HTTP 200.
    pub const WRONG_SLIDER: Self = Self::Told(4010, UNBOUND);
    pub const BAD_EMAIL: Self = Self::Told(4010, "邮箱格式错误");
    pub const SHORT_PASSWORD: Self = Self::Told(4010, "密码长度至少6位");
    /// A code that is not four bytes long.
    pub const BAD_CODE: Self = Self::Told(4010, "邮箱验证码错误");
    pub const EMPTY_NAME: Self = Self::Told(4010, "用户名不能为空");
    pub const BAD_ROLE: Self = Self::Told(4010, "无效的角色");
    pub const FILE_TYPE: Self = Self::Told(4020, "文件类型不符合要求");
    pub const FILE_SIZE: Self = Self::Told(4020, "文件大小不符合要求");
    pub const NO_FILE: Self = Self::Told(4030, "文件上传失败");
    pub const NO_SUCH_USER: Self = Self::Told(4040, "用户不存在");
    pub const TOO_MANY: Self = Self::Told(4050, "请求数量过多");
    pub const NAME_TAKEN: Self = Self::Told(6000, "用户名已存在");
    pub const EMAIL_TAKEN: Self = Self::Told(6000, "邮箱已存在");
    pub const MAIL_REFUSED: Self = Self::Told(9010, "邮箱验证码发送失败");
    /// Section 8: the hashing queue is full.
    pub const BUSY: Self = Self::Told(500, "服务器繁忙，请稍后再试");
    /// Section 8: the database is away; and any fault of ours.
    pub const FAULT: Self = Self::Fault("服务器异常");
    pub const FILE_NOT_STORED: Self = Self::Fault("文件保存失败");

    /// What a domain error is called.
    pub fn of(doing: Doing, error: AccountError) -> Self {
        match error {
            AccountError::NameTaken => Self::NAME_TAKEN,
            AccountError::EmailTaken => Self::EMAIL_TAKEN,
            // D9, one-domain.md N4 and N5.
            AccountError::NotStorable => match doing {
                Doing::Register => Self::NOT_CREATED,
                Doing::LogIn | Doing::LogInByCode | Doing::Change | Doing::Read => Self::NOT_UPDATED,
            },
            AccountError::UnknownAccount => match doing {
                Doing::LogIn => Self::WRONG_PASSWORD,
                Doing::LogInByCode => Self::NO_SUCH_USER,
                // The account went while its request was under way.
                Doing::Register | Doing::Change | Doing::Read => Self::UNAUTHORIZED,
            },
            // Section 8 and one-domain.md R5: a locked account logs in as with a wrong password. So does a throttled
            // one (P9).
            AccountError::WrongPassword | AccountError::Throttled | AccountError::Locked { password_right: _ } => {
                match doing {
                    Doing::LogIn | Doing::LogInByCode => Self::WRONG_PASSWORD,
                    // one-domain.md P11 †: a network that guesses codes is told no more than that they are wrong.
                    Doing::Register => Self::WRONG_CODE,
                    Doing::Change | Doing::Read => Self::UNAUTHORIZED,
                }
            }
            // one-domain.md R2: the floor of all dialects.
            AccountError::Forbidden | AccountError::LastSuperAdministrator => Self::UNAUTHORIZED,
            // one-domain.md P6: a code that died of its tries is a wrong one.
            AccountError::UnknownChallenge | AccountError::ExpiredChallenge | AccountError::WrongAnswer => {
                Self::WRONG_CODE
            }
            AccountError::Busy => Self::BUSY,
            AccountError::Unavailable | AccountError::Internal => Self::FAULT,
        }
    }
}

const UNBOUND: &str = "请求参数有误";

impl From<MailError> for Refusal {
    fn from(error: MailError) -> Self {
        match error {
            // one-domain.md P11 †: beyond the bounds a mail cannot be sent.
            MailError::Refused | MailError::TooMany => Self::MAIL_REFUSED,
            MailError::Accounts(error) => Self::of(Doing::Read, error),
        }
    }
}

/// Slow and broken bodies cannot be bound either; nor can one above the limit (section 8).
impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge | BodyError::TooSlow | BodyError::Broken => Self::Unbound,
        }
    }
}

impl From<Declined> for Refusal {
    fn from(reason: Declined) -> Self {
        match reason {
            Declined::Malformed | Declined::HeadTooLarge | Declined::HeadTooSlow => Self::Unread(reason.status()),
            Declined::Busy | Declined::OldServerAway => Self::BUSY,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Told(..) => StatusCode::OK,
            Self::Unbound => StatusCode::BAD_REQUEST,
            Self::Unread(status) => *status,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotFound => StatusCode::NOT_FOUND,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let (content_type, body) = match self {
            Self::Told(code, msg) => (JSON, envelope(*code, msg)),
            Self::Fault(msg) => (JSON, envelope(500, msg)),
            Self::Unbound | Self::Unread(_) => ("text/plain; charset=utf-8", envelope(4010, UNBOUND)),
            Self::NotFound => ("text/plain", "404 page not found".to_owned()),
        };
        HttpResponse::build(self.status_code()).content_type(content_type).body(body)
    }
}

/// The content type of every JSON answer.
pub const JSON: &str = "application/json; charset=utf-8";

fn envelope(code: i64, msg: &str) -> String {
    // An integer and a text never fail to serialise.
    to_text(&Envelope { code, data: (), msg }, &JsonFlavour::go()).unwrap_or_default()
}
