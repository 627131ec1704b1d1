//! The one table of refusals: what each domain error and each bad request becomes, endpoint by endpoint. Every one is HTTP
//! 200 (section 1.1).

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use dragoman_accounts::AccountError;
use dragoman_dialect::{Declined, body::BodyError};

use crate::envelope::answer;

/// What was being done, where that decides the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `registered` up to its look-up of the name (section 3.1, rows 1 to 9).
    RegisterLookUp,
    /// `registered`, the insert (rows 8, 10).
    Register,
    /// `login`
    Login,
    /// `user_info`
    UserInfo,
    /// `update_show_name` and `update_key`, the look-up of the token.
    UpdateLookUp,
    /// `update_show_name` and `update_key`, the update.
    Update,
    /// `update_password`
    UpdatePassword,
    /// `forget_password`
    ForgetPassword,
    /// `upload_avatar`
    UploadAvatar,
    /// `get_verification_code`
    Captcha,
}

/// An answer that is not the endpoint's success: message and code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal(pub &'static str, pub u16);

impl Refusal {
    /// Endpoints 1 to 8: any method but POST.
    pub const NOT_POST: Self = Self("请使用Post请求", 500);
    /// Endpoint 9: any method but GET.
    pub const NOT_GET: Self = Self("请使用GET请求", 500);
    /// "Error answer 169" of endpoints 1 to 7.
    pub const SEE_LOG: Self = Self("自己去看报错日志！", 169);
    /// 3.1 row 4.
    pub const REGISTRATION_CLOSED: Self = Self("小宝贝你没有开启注册功能哦！！", 503);
    /// 3.1 row 6; the heart is U+1F49A.
    pub const EMPTY_FIELD: Self = Self("宝贝数据呢？💚", 666);
    /// 3.1 row 7.
    pub const WRONG_REGISTRATION_KEY: Self = Self("小宝贝这是非法注册哦(๑•̀ㅂ•́)و✧", 403);
    /// 3.1 row 8.
    pub const TAKEN: Self = Self("用户名或邮箱已存在", 604);
    /// 3.7 row 4.
    pub const RESET_CLOSED: Self = Self("小宝贝你没有开启忘记密码功能哦(๑•̀ㅂ•́)و✧", 403);
    /// 3.7 row 5; the face holds U+03C9 and U+FF3C, no backslash.
    pub const WRONG_RESET_KEY: Self = Self("大黑阔别乱搞，莎莎好怕怕(*/ω＼*)", 404);
    /// 3.8 row 2.
    pub const NO_TOKEN_HEADER: Self = Self("宝贝没有用户你要插到哪里去呢？", 404);
    /// 3.8 rows 4 and 6.
    pub const UPLOAD_BROKEN: Self = Self("你不对劲！为什么报错了？", 169);
    /// 3.8 row 5.
    pub const PICTURE_TOO_SMALL: Self = Self("它实在是太小了，莎酱真的一点感觉都没有o(TヘTo)", 603);
    /// 3.3 row 3, 3.5 row 2, 3.6 row 2, 3.8 row 3.
    const ILLEGAL_QUERY: Self = Self("小宝贝这是非法查询哦(๑•̀ㅂ•́)و✧", 403);
    /// 3.4 row 5, 3.5 row 3, 3.6 row 3.
    pub const INVALID_INPUT: Self = Self("输入信息有误重新输入", 404);
    /// Section 10.
    const BUSY: Self = Self("服务器繁忙，请稍后再试！", 169);

    /// What a domain error is called at an endpoint.
    pub fn of(endpoint: Endpoint, error: AccountError) -> Self {
        match error {
            AccountError::NameTaken | AccountError::EmailTaken => Self::TAKEN,
            // one-domain.md N4 †, N5: what cannot be kept is an insert or update that fails.
            AccountError::NotStorable => endpoint.failure(),
            // A wrong name or password, wrong data, or a token whose account has just gone.
            AccountError::UnknownAccount | AccountError::WrongPassword => endpoint.own_refusal(),
            // one-domain.md R5 †: as if the password were wrong.
            AccountError::Locked { password_right: _ } => endpoint.own_refusal(),
            // Section 10.
            AccountError::Throttled => endpoint.own_refusal(),
            // one-domain.md R3 †: administrators are not reset through this dialect.
            AccountError::Forbidden | AccountError::LastSuperAdministrator => endpoint.own_refusal(),
            AccountError::UnknownChallenge | AccountError::ExpiredChallenge | AccountError::WrongAnswer => {
                endpoint.wrong_captcha()
            }
            AccountError::Busy => Self::BUSY,
            AccountError::Unavailable | AccountError::Internal => endpoint.failure(),
        }
    }
}

impl Endpoint {
    /// How this endpoint says no.
    const fn own_refusal(self) -> Refusal {
        match self {
            Self::Login => Refusal("账号或密码错误", 604),
            Self::UserInfo => Refusal::ILLEGAL_QUERY,
            Self::Update | Self::UpdatePassword => Refusal::INVALID_INPUT,
            Self::ForgetPassword => Refusal("这个数据你是认真的嘛(。﹏。)", 501),
            // Documented for an insert that is refused without an error; only an actor without the right has one.
            Self::Register => Refusal("注册失败", 603),
            Self::RegisterLookUp | Self::UpdateLookUp | Self::UploadAvatar | Self::Captcha => self.failure(),
        }
    }

    /// What an outage or a fault of ours is called (sections 3 and 10).
    pub const fn failure(self) -> Refusal {
        match self {
            Self::RegisterLookUp => Refusal("报错了🙄", 404),
            Self::Register => Refusal("未知错误", 400),
            Self::Update => Refusal::INVALID_INPUT,
            Self::UploadAvatar => Refusal::UPLOAD_BROKEN,
            Self::Captcha => Refusal("呐呐呐！莎酱被玩坏啦(>^ω^<)", 169),
            Self::Login | Self::UserInfo | Self::UpdateLookUp | Self::UpdatePassword | Self::ForgetPassword => {
                Refusal::SEE_LOG
            }
        }
    }

    /// The same, while its token is looked up: an outage is told apart from an update that fails.
    pub const fn look_up(self) -> Self {
        match self {
            Self::Update => Self::UpdateLookUp,
            other => other,
        }
    }

    /// No account has the token: 404 at `user_info`, 403 everywhere else (section 3.3).
    pub const fn unknown_token(self) -> Refusal {
        match self {
            Self::UserInfo => Refusal("搁着闹呢？", 404),
            _ => Refusal::ILLEGAL_QUERY,
        }
    }

    /// Registration counts one further: its 503 means "closed" (section 1.1).
    const fn is_registration(self) -> bool {
        matches!(self, Self::RegisterLookUp | Self::Register)
    }

    /// The key of the captcha is null.
    pub const fn no_captcha(self) -> Refusal {
        Refusal("验证码或者验证码秘钥不能为空！", if self.is_registration() { 505 } else { 504 })
    }

    /// The captcha is wrong, expired or used.
    pub const fn wrong_captcha(self) -> Refusal {
        Refusal("验证码错误或者过期！", if self.is_registration() { 504 } else { 503 })
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge | BodyError::TooSlow | BodyError::Broken => Self::SEE_LOG,
        }
    }
}

/// What no route gets to see.
impl From<Declined> for Refusal {
    fn from(reason: Declined) -> Self {
        match reason {
            Declined::Malformed | Declined::HeadTooLarge | Declined::HeadTooSlow => Self::SEE_LOG,
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
        StatusCode::OK
    }

    fn error_response(&self) -> HttpResponse {
        answer(self.0, self.1)
    }
}

#[cfg(test)]
mod tests;
