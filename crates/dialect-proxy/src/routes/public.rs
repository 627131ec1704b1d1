//! Section 2: endpoints that need no token.

use std::time::Duration;

use actix_web::web::Data;
use dragoman_accounts::{AccountError, Allowance, LoginAttempt, NewPassword, Origin, Registration, Role};
use dragoman_dialect::{Facet, predecessor::Settled};
use dragoman_passwords::{Presented, Secret};

use crate::{
    Mount,
    auth::Unsigned,
    error::{Endpoint, Refusal},
    member::{DEFAULT_DESCRIPTION, ProxyFacet, random_avatar},
    shape::Json,
    wire::{Message, Token},
};

/// Longest name in characters (1.2, D7).
pub const NAME: usize = 64;

/// GET /
pub async fn hello() -> Json<Message<&'static str>> {
    Json(Message { message: "Hello" })
}

/// POST /login
pub async fn login(mount: Data<Mount>, request: Unsigned) -> Result<Json<Token>, Refusal> {
    let Unsigned { fields, origin } = request;
    let (Some(username), Some(password)) = (fields.username(), fields.text("password")) else {
        return Err(Refusal::UNAUTHORIZED);
    };
    let refuse = |error| Refusal::of(Endpoint::Login, error);
    let Settled { name, there } = mount.settle(&username, password, &origin).await.map_err(refuse)?;
    let attempt = LoginAttempt { name, presented: Presented::plain(password), session: None, facet: "", origin };
    let member = mount.accounts.log_in(&mount.realm, attempt).await.map_err(refuse)?;
    let authorization = mount.issue_token(&member).await?;
    mount.accompany(&member, &authorization, (&username, password), there).await;
    Ok(Json(Token { authorization }))
}

/// POST /regist
pub async fn register(mount: Data<Mount>, request: Unsigned) -> Result<Json<Message<&'static str>>, Refusal> {
    let refuse = |error| Refusal::of(Endpoint::Regist, error);
    let Unsigned { fields, origin } = request;
    let (Some(username), Some(password), Some(repeated)) =
        (fields.username(), fields.text("password"), fields.text("password1"))
    else {
        return Err(Refusal::INCOMPLETE);
    };
    if username.chars().count() > NAME || !mount.settings.get().registration_open {
        return Err(Refusal::INCOMPLETE);
    }
    if !mount.may_register(&origin).await.map_err(refuse)? {
        return Err(refuse(AccountError::Busy));
    }
    // A taken name is told before differing passwords (rows 3 and 4).
    let is_free = mount.accounts.is_free(&mount.realm, &username).await.map_err(refuse)?;
    if !is_free || mount.is_taken_there(&username).await.map_err(refuse)? {
        return Err(refuse(AccountError::NameTaken));
    }
    if password != repeated {
        return Err(Refusal::PASSWORDS_DIFFER);
    }
    let registration = Registration { origin, ..mount.registration(username, password, Role::User)? };
    mount.accounts.register(&mount.realm, registration).await.map_err(refuse)?;
    Ok(Json(Message { message: "创建成功" }))
}

const MINUTE: Duration = Duration::from_secs(60);

impl Mount {
    /// one-domain.md P7: whoever asks for a name learns whether it is taken.
    async fn may_register(&self, origin: &Origin) -> Result<bool, AccountError> {
        let limit = self.settings.get().registrations_per_minute;
        if limit == 0 {
            return Ok(true);
        }
        let allowances = Allowance::of_network("registrations", origin, limit.into(), MINUTE);
        self.accounts.use_allowances(&self.realm, &allowances).await
    }

    /// A new account as this dialect makes it.
    pub fn registration(&self, username: String, password: &str, role: Role) -> Result<Registration, Refusal> {
        let facet = ProxyFacet { avatar: random_avatar(self.accounts.randomness()) };
        let body = facet.encode().map_err(|_| Endpoint::Read.own_refusal())?;
        Ok(Registration {
            username,
            password: NewPassword::Plain(Secret::new(password)),
            role,
            authority: None,
            display_name: None,
            bio: Some(DEFAULT_DESCRIPTION.to_owned()),
            email: None,
            facet: Some((ProxyFacet::NAME, body)),
            origin: Default::default(),
        })
    }
}
