//! Section 6 and the tunnel key of section 9: what an account has of the tunnel service.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, web::Data};
use dragoman_accounts::Amendment;
use dragoman_dialect::Facet;

use crate::{
    Mount,
    auth::Owner,
    envelope::{DONE, Success, Text},
    error::{Endpoint, Refusal},
    plan::{Plan, fresh_token, registered_at},
    wire::{Info, SocialIdentity, TunnelKey},
};

/// What an account has after a refill, in MiB.
const REFILLED: i64 = 10_240;

/// GET users/info
pub async fn info(mount: Data<Mount>, owner: Owner) -> Profile {
    Profile { mount, owner }
}

/// The answer of users/info, written from the account it is about.
pub struct Profile {
    mount: Data<Mount>,
    owner: Owner,
}

impl Responder for Profile {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let member = &self.owner.member;
        let plan = Plan::of(member);
        let limits = plan.limits(&self.mount.settings.get());
        let info = Info {
            msg: "",
            social_identity: SocialIdentity(&plan.qq_social_id),
            reg_time: registered_at(&member.account),
            id: member.id,
            email: member.account.email.as_deref().unwrap_or_default(),
            username: &member.username,
            traffic: plan.traffic.to_string(),
            qq: &plan.qq,
            qq_social_id: &plan.qq_social_id,
            inbound: limits.inbound,
            outbound: limits.outbound,
        };
        Success(info).respond_to(request)
    }
}

/// GET and POST users/reset/frp_token
pub async fn renew_tunnel_key(mount: Data<Mount>, owner: Owner) -> Result<RenewedKey, Refusal> {
    let key = fresh_token(mount.accounts.randomness());
    let renewing = key.clone();
    mount.edit_plan(owner, move |plan| Plan { frp_token: renewing.clone(), ..plan }).await?;
    Ok(RenewedKey(key))
}

/// GET users/reset/traffic: the panel announces 10 GiB.
pub async fn refill_traffic(mount: Data<Mount>, owner: Owner) -> Result<Success<Text<'static>>, Refusal> {
    mount.edit_plan(owner, |plan| Plan { traffic: REFILLED, ..plan }).await?;
    Ok(DONE)
}

impl Mount {
    async fn edit_plan(
        &self,
        owner: Owner,
        edit: impl Fn(Plan) -> Plan + Send + Sync + 'static,
    ) -> Result<(), Refusal> {
        let amendment = Amendment { facet: Some((Plan::NAME, Plan::edit(edit))), ..Amendment::default() };
        let edited = self.accounts.amend_own(&self.realm, owner.member.account.number, amendment, owner.origin).await;
        edited.map_err(|error| Refusal::of(Endpoint::Token, error))
    }
}

/// A key that has just replaced another.
pub struct RenewedKey(String);

impl Responder for RenewedKey {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        Success(TunnelKey { msg: "", token: &self.0, frp_token: &self.0 }).respond_to(request)
    }
}
