//! Sections 4 and 5: logging in, and changing the password.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, web::Data};
use dragoman_accounts::{FacetEdit, LoginAttempt, LoginName, Member, OwnSessions, PasswordChange, PasswordProof};
use dragoman_dialect::{Facet, predecessor::Settled};
use dragoman_passwords::{Presented, Secret};

use super::token::session_with;
use crate::{
    Mount,
    auth::{Anonymous, Authenticated, is_owner},
    envelope::{DONE, Success, Text},
    error::{Endpoint, Refusal},
    plan::{Plan, avatar, fresh_token, registered_at},
    wire::Login,
};

/// Shortest new password in characters (sections 5 and 7).
pub const PASSWORD: usize = 5;

/// POST users/login
pub async fn log_in(mount: Data<Mount>, request: Anonymous) -> Result<LoggedIn, Refusal> {
    let Anonymous { fields, origin } = request;
    let (Some(username), Some(password)) = (fields.text("username"), fields.password("password")) else {
        return Err(Refusal::NO_CREDENTIALS);
    };
    let refuse = |error| Refusal::of(Endpoint::Login, error);
    let Settled { name, there } = mount.settle(login_name(username), password, &origin).await.map_err(refuse)?;
    let token = fresh_token(mount.accounts.randomness());
    let attempt = LoginAttempt {
        name,
        presented: Presented::plain(password),
        session: Some(session_with(token.clone())),
        facet: Plan::NAME,
        origin,
    };
    let first_key = with_first_key(fresh_token(mount.accounts.randomness()));
    let member = mount.accounts.log_in_with_facet_edit(&mount.login_realm(), attempt, first_key).await;
    let member = member.map_err(refuse)?;
    mount.accompany(&member, &token, password, there).await;
    Ok(LoggedIn { mount, member, token })
}

/// A value with `@` is an address only, any other a user name only.
fn login_name(typed: &str) -> LoginName {
    if typed.contains('@') { LoginName::Email(typed.to_owned()) } else { LoginName::Username(typed.to_owned()) }
}

/// The tunnel key that an account without one gets at its first login here (one-domain.md E8).
fn with_first_key(key: String) -> FacetEdit {
    Arc::new(move |body| {
        let plan = Plan::read(body)?;
        if body.is_some() && !plan.frp_token.is_empty() {
            return Ok(None);
        }
        Plan { frp_token: key.clone(), ..plan }.to_body().map(Some)
    })
}

/// The answer of the login, written from the account it is about.
pub struct LoggedIn {
    mount: Data<Mount>,
    member: Member,
    token: String,
}

impl Responder for LoggedIn {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let Self { mount, member, token } = self;
        let (settings, plan) = (mount.settings.get(), Plan::of(&member));
        let limits = plan.limits(&settings);
        let login = Login {
            msg: "",
            inbound: limits.inbound,
            outbound: limits.outbound,
            reg_time: registered_at(&member.account),
            frp_token: &plan.frp_token,
            avatar: avatar(&settings.avatar_base_url, &member.account),
            email: member.account.email.as_deref().unwrap_or_default(),
            username: &member.username,
            token: &token,
            traffic: plan.traffic.to_string(),
            group: &plan.group,
            proxies_num: settings.login_proxies_num.then_some(0),
        };
        Success(login).respond_to(request)
    }
}

/// POST users/reset/password
pub async fn reset_password(mount: Data<Mount>, request: Authenticated) -> Result<Success<Text<'static>>, Refusal> {
    let refuse = |error| Refusal::of(Endpoint::ResetPassword, error);
    let Authenticated { owner, fields, origin, .. } = request;
    let (Some(username), Some(old), Some(new)) =
        (fields.text("username"), fields.password("old_password"), fields.password("new_password"))
    else {
        return Err(Refusal::INCOMPLETE_RESET);
    };
    is_owner(&owner, username)?;
    let (account, realm) = (owner.account.number, mount.login_realm());
    // An account that came without a password has it there.
    mount.settle(LoginName::Username(owner.username.clone()), old, &origin).await.map_err(refuse)?;
    // A wrong old password is told before a short new one (rows 4 and 5).
    if new.chars().count() < PASSWORD {
        mount.accounts.verify_password(&realm, account, Presented::plain(old), origin).await.map_err(refuse)?;
        return Err(Refusal::SHORT_NEW_PASSWORD);
    }
    let change = PasswordChange {
        account,
        proof: PasswordProof::Present(Presented::plain(old)),
        new: Secret::new(new),
        own_sessions: OwnSessions::End,
        origin,
    };
    mount.accounts.change_password(&realm, change).await.map_err(refuse)?;
    mount.tell_of_password(&owner, old, new).await;
    Ok(DONE)
}
