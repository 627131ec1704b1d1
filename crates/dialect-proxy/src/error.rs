//! The one table of refusals: what each domain error and each bad request becomes, endpoint by endpoint.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use dragoman_accounts::AccountError;
use dragoman_dialect::{Declined, body::BodyError};

use crate::page::page;

/// An endpoint that refuses in words of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `/login`
    Login,
    /// `/regist`
    Regist,
    /// `/description`, `/upwd`, `/admin/upwd`
    Change,
    /// `/adduser`
    AddUser,
    /// `/delete`
    Delete,
    /// `/lock`
    Lock,
    /// Everything that only reads.
    Read,
}

/// Every answer that is not the endpoint's success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// JSON `{"error": …}`, the guard's.
    Error(StatusCode, &'static str),
    /// JSON `{"message": …}`.
    Message(StatusCode, &'static str),
    /// An HTML page of the framework.
    Page(StatusCode),
    /// The HTML page with an `Allow` header.
    MethodNotAllowed(&'static str),
}

impl Refusal {
    const BUSY: Self = Self::Message(StatusCode::SERVICE_UNAVAILABLE, "服务繁忙，请稍后再试");
    /// The framework's 401, without a message.
    pub const UNAUTHORIZED: Self = Self::Page(StatusCode::UNAUTHORIZED);
    /// A body that is no JSON object (1.7, D5).
    pub const BAD_BODY: Self = Self::Page(StatusCode::BAD_REQUEST);
    /// The guard's answer to a request without a token.
    pub const NO_TOKEN: Self = Self::Error(StatusCode::UNAUTHORIZED, "401");
    /// The guard's answer to a token it refuses.
    pub const BAD_TOKEN: Self = Self::Error(StatusCode::UNAUTHORIZED, "认证失败");
    /// The guard's answer to a good token of nobody.
    pub const NO_SUCH_USER: Self = Self::Error(StatusCode::UNAUTHORIZED, "找不到该用户信息");
    /// `/regist`, `/upwd`: a field is absent.
    pub const INCOMPLETE: Self = Self::Message(StatusCode::UNAUTHORIZED, "参数不完整");
    /// `/adduser`: a field is absent.
    pub const INCOMPLETE_USER: Self = Self::Message(StatusCode::FORBIDDEN, "参数不完整");
    /// `/regist` row 4.
    pub const PASSWORDS_DIFFER: Self = Self::Message(StatusCode::UNAUTHORIZED, "密码不同");
    /// `/adminlist` for anybody but a super administrator.
    pub const NO_ACCESS: Self = Self::Message(StatusCode::FORBIDDEN, "无权访问");
    /// `/adduser` row 5.
    pub const NO_ACCESS_TO_CREATE: Self = Self::Message(StatusCode::FORBIDDEN, "无权限访问");

    /// What a domain error is called at an endpoint.
    pub fn of(endpoint: Endpoint, error: AccountError) -> Self {
        use StatusCode as S;
        match error {
            AccountError::NameTaken => match endpoint {
                Endpoint::AddUser => Self::Message(S::FORBIDDEN, "用户已经存在"),
                _ => Self::Message(S::UNAUTHORIZED, "用户已经存在"),
            },
            // D7, one-domain.md N4 and N5: what cannot be kept is answered like what is too long.
            AccountError::NotStorable => match endpoint {
                Endpoint::Regist => Self::INCOMPLETE,
                Endpoint::AddUser => Self::INCOMPLETE_USER,
                other => other.own_refusal(),
            },
            AccountError::UnknownAccount => match endpoint {
                Endpoint::Login => Self::UNAUTHORIZED,
                other => other.own_refusal(),
            },
            // `/login` row 5 stands before row 6: right or wrong, a locked account says so.
            AccountError::Locked { password_right: _ } => match endpoint {
                Endpoint::Login => Self::Message(S::UNAUTHORIZED, "账号已锁定"),
                other => other.own_refusal(),
            },
            // Section 11: a throttled login looks like a wrong password.
            AccountError::WrongPassword | AccountError::Throttled => endpoint.own_refusal(),
            AccountError::Forbidden | AccountError::LastSuperAdministrator => endpoint.own_refusal(),
            AccountError::Busy => Self::BUSY,
            AccountError::Unavailable | AccountError::Internal => Self::Page(S::INTERNAL_SERVER_ERROR),
            // This dialect has neither addresses nor challenges.
            AccountError::EmailTaken
            | AccountError::UnknownChallenge
            | AccountError::ExpiredChallenge
            | AccountError::WrongAnswer => Self::Page(S::INTERNAL_SERVER_ERROR),
        }
    }
}

impl Endpoint {
    /// How this endpoint says no.
    pub const fn own_refusal(self) -> Refusal {
        use StatusCode as S;
        match self {
            Self::Login => Refusal::Message(S::UNAUTHORIZED, "账号密码不存在"),
            // Registration switched off, one-domain.md R11.
            Self::Regist => Refusal::INCOMPLETE,
            Self::Change => Refusal::Message(S::FORBIDDEN, "修改失败"),
            Self::AddUser => Refusal::Message(S::FORBIDDEN, "无权限创建"),
            Self::Delete => Refusal::Message(S::FORBIDDEN, "无权限删除"),
            // Sic: 404 (D19).
            Self::Lock => Refusal::Message(S::NOT_FOUND, "无权限执行"),
            Self::Read => Refusal::Page(S::INTERNAL_SERVER_ERROR),
        }
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::Page(StatusCode::PAYLOAD_TOO_LARGE),
            BodyError::TooSlow | BodyError::Broken => Self::BAD_BODY,
        }
    }
}

/// What no route gets to see.
impl From<Declined> for Refusal {
    fn from(reason: Declined) -> Self {
        match reason {
            Declined::Malformed | Declined::HeadTooLarge | Declined::HeadTooSlow => Self::Page(reason.status()),
            Declined::Busy | Declined::OldServerAway => Self::BUSY,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// Only the status counts here: `shape.rs` writes the answer, because it knows the layout and the request's origin.
impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Error(status, _) | Self::Message(status, _) | Self::Page(status) => *status,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    fn error_response(&self) -> HttpResponse {
        page(self.status_code())
    }
}
