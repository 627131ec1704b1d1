//! Requests and answers. Members of answers are declared in the order in which the old server wrote them.

use serde::Serialize;

use crate::{
    bind::{Bind, Members},
    error::Refusal,
};

/// `data` of 2 and 3; a generation's absent tokens are left out.
#[derive(Serialize)]
pub struct Tokens {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// `data` of 9.
#[derive(Serialize)]
pub struct Renewed {
    pub token: String,
}

/// `data` of 6.
#[derive(Serialize)]
pub struct Uid {
    pub uid: i64,
}

/// `data` of 5.
#[derive(Serialize)]
pub struct OtherUser {
    pub user: PublicUser,
}

/// What anybody sees of an account; all zero and empty for nobody.
#[derive(Default, Serialize)]
pub struct PublicUser {
    pub uid: i64,
    pub name: String,
    pub sign: String,
    pub avatar: String,
    pub spacecover: String,
    pub gender: i64,
}

/// `data` of 10.
#[derive(Serialize)]
pub struct OwnUser {
    pub user_info: UserInfo,
}

/// An account as its owner and administrators see it.
#[derive(Serialize)]
pub struct UserInfo {
    pub uid: i64,
    pub name: String,
    pub sign: String,
    pub email: String,
    pub avatar: String,
    pub spacecover: String,
    pub gender: i64,
    pub role: u8,
    pub birthday: String,
    pub created_at: String,
}

/// `data` of 13 and 14.
#[derive(Serialize)]
pub struct UserPage {
    pub total: i64,
    pub users: Vec<UserInfo>,
}

/// `data` of 18.
#[derive(Serialize)]
pub struct SliderData {
    pub slider_captcha: SliderCaptcha,
}

/// Two JPEGs in base64, and the height of the piece.
#[derive(Serialize)]
pub struct SliderCaptcha {
    pub slider_img: String,
    pub bg_img: String,
    pub y: u32,
}

/// `data` of 20.
#[derive(Serialize)]
pub struct Uploaded {
    pub url: String,
}

/// A request's members: their names are those of its form, and in JSON any spelling of them.
macro_rules! request {
    ($(#[$documented:meta])* $name:ident { $($member:ident: $kind:ty = $read:ident($wire:literal)),+ $(,)? }) => {
        $(#[$documented])*
        pub struct $name {
            $(pub $member: $kind,)+
        }

        impl Bind for $name {
            fn bind(members: &Members) -> Result<Self, Refusal> {
                Ok(Self { $($member: members.$read($wire)?,)+ })
            }
        }
    };
}

request! {
    /// 1 and 8; what else clients send (`reenteredPassword`) is ignored.
    Proven { email: String = text("Email"), password: String = text("Password"), code: String = text("Code") }
}
request! {
    /// 2
    Login { email: String = text("Email"), password: String = text("Password") }
}
request! {
    /// 3
    CodeLogin { email: String = text("Email"), code: String = text("Code") }
}
request! {
    /// 4
    CodeRequest { email: String = text("Email") }
}
request! {
    /// 11
    Profile {
        avatar: String = text("Avatar"),
        name: String = text("Name"),
        birthday: String = text("Birthday"),
        sign: String = text("Sign"),
        gender: i64 = integer("Gender"),
    }
}
request! {
    /// 12
    Cover { spacecover: String = text("SpaceCover") }
}
request! {
    /// 15
    ManagedProfile {
        id: i64 = id("ID"),
        name: String = text("Name"),
        email: String = text("Email"),
        sign: String = text("Sign"),
    }
}
request! {
    /// 16
    RoleChange { id: i64 = id("ID"), role: i64 = integer("Role") }
}
request! {
    /// 17
    Deletion { id: i64 = id("ID") }
}
request! {
    /// 19
    SliderAnswer { email: String = text("Email"), x: i64 = integer("X") }
}
