//! Section 9: login tokens, checked and ended.

use std::time::Duration;

use actix_web::web::Data;
use dragoman_accounts::{NewSession, NewToken, SessionLimit};

use crate::{
    Mount,
    auth::{Anonymous, Owner},
    envelope::{DONE, Success, Text},
    error::{Endpoint, Refusal},
};

/// What the domain keeps login tokens under.
const ACCESS_TOKENS: &str = "access_tokens";
/// How long one works after its issue.
const TOKEN_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Devices that an account is logged in on at most, far more than anybody has: the oldest go (docs/security.md).
const DEVICES: SessionLimit = SessionLimit::Trim { live: 64, kept: 63 };

/// The session of a login: as many as there are devices.
pub fn session_with(token: String) -> NewSession {
    NewSession { tokens: vec![NewToken::new(ACCESS_TOKENS, token, Some(TOKEN_LIFE))], limit: DEVICES, replaces: None }
}

/// DELETE users/reset/token/all
pub async fn end_all(mount: Data<Mount>, owner: Owner) -> Result<Success<Text<'static>>, Refusal> {
    let ended = mount.accounts.end_own_sessions(&mount.realm, owner.member.account.number).await;
    ended.map_err(|error| Refusal::of(Endpoint::Token, error))?;
    Ok(DONE)
}

/// DELETE users/reset/token/single
pub async fn end_one(mount: Data<Mount>, owner: Owner) -> Result<Success<Text<'static>>, Refusal> {
    let ended = mount.accounts.end_session(&mount.realm, &owner.token).await;
    ended.map_err(|error| Refusal::of(Endpoint::Token, error))?;
    Ok(DONE)
}

/// GET check/token: the token is a parameter here, without any `Bearer`.
pub async fn check(mount: Data<Mount>, request: Anonymous) -> Result<Success<Text<'static>>, Refusal> {
    let token = request.fields.text("token").ok_or(Refusal::NO_TOKEN_PARAMETER)?;
    mount.owner_of(token).await?;
    Ok(DONE)
}
