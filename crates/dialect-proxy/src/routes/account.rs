//! Section 3: one's own account.

use std::sync::Arc;

use actix_web::{HttpRequest, web::Data};
use dragoman_accounts::{Amendment, FacetEdit, Member, OwnSessions, PasswordChange, PasswordProof, manages};
use dragoman_dialect::Facet;
use dragoman_passwords::{Presented, Secret};

use crate::{
    Mount,
    auth::{Caller, Signed, origin},
    error::{Endpoint, Refusal},
    member::{ProxyFacet, avatar_of, random_avatar},
    shape::Json,
    wire::{Data as DataAnswer, Message, Profile, permissions, role_name},
};

/// Longest description in characters (D7).
const DESCRIPTION: usize = 128;

const CHANGED: Json<Message<&str>> = Json(Message { message: "修改成功" });

fn refuse(error: dragoman_accounts::AccountError) -> Refusal {
    Refusal::of(Endpoint::Change, error)
}

/// GET /about
pub async fn about(caller: Caller) -> Json<About> {
    Json(About { member: caller.member })
}

/// POST /description
pub async fn describe(mount: Data<Mount>, request: Signed) -> Result<Json<Message<&'static str>>, Refusal> {
    let Signed { caller, fields, origin } = request;
    if fields.username().as_ref() != Some(&caller.username) {
        return Err(Endpoint::Change.own_refusal());
    }
    let Some(description) = fields.description() else { return Err(Endpoint::Change.own_refusal()) };
    if description.as_ref().is_some_and(|text| text.chars().count() > DESCRIPTION) {
        return Err(Endpoint::Change.own_refusal());
    }
    let amendment = Amendment { bio: Some(description), ..Amendment::default() };
    mount.accounts.amend_own(&mount.realm, caller.account.number, amendment, origin).await.map_err(refuse)?;
    Ok(CHANGED)
}

/// GET and POST /upavatar
pub async fn change_avatar(
    mount: Data<Mount>,
    request: HttpRequest,
    caller: Caller,
) -> Result<Json<Message<String>>, Refusal> {
    let facet = ProxyFacet { avatar: random_avatar(mount.accounts.randomness()) };
    let body = facet.encode().map_err(|_| Endpoint::Read.own_refusal())?;
    let edit: FacetEdit = Arc::new(move |_| Ok(Some(body.clone())));
    let amendment = Amendment { facet: Some((ProxyFacet::NAME, edit)), ..Amendment::default() };
    let number = caller.member.account.number;
    mount.accounts.amend_own(&mount.realm, number, amendment, origin(&request)).await.map_err(refuse)?;
    Ok(Json(Message { message: facet.avatar }))
}

/// POST /upwd
pub async fn change_password(mount: Data<Mount>, request: Signed) -> Result<Json<Message<&'static str>>, Refusal> {
    let Signed { caller, fields, origin } = request;
    let (Some(username), Some(old), Some(new)) = (fields.username(), fields.text("oldpwd"), fields.text("newpwd"))
    else {
        return Err(Refusal::INCOMPLETE);
    };
    let target = mount.target(&username, Endpoint::Change).await?;
    let itself = target.account.number == caller.account.number;
    // A locked account acts on nobody else (one-domain.md R12).
    if !itself && (caller.account.locked || !manages(caller.account.role, target.account.role)) {
        return Err(Endpoint::Change.own_refusal());
    }
    // An account that came without a password has it there.
    mount.settle(&target.username, old, &origin).await.map_err(refuse)?;
    let change = PasswordChange {
        account: target.account.number,
        proof: PasswordProof::Present(Presented::plain(old)),
        new: Secret::new(new),
        own_sessions: OwnSessions::Stay,
        origin,
    };
    mount.accounts.change_password(&mount.realm, change).await.map_err(refuse)?;
    mount.tell_of_password(&target, old, new).await;
    Ok(CHANGED)
}

impl Mount {
    /// The account an endpoint acts on; a name of nobody is the endpoint's own refusal (D4).
    pub async fn target(&self, username: &str, endpoint: Endpoint) -> Result<Member, Refusal> {
        let found = self.accounts.find_by_name(&self.realm, username, "").await;
        found.map_err(|error| Refusal::of(endpoint, error))?.ok_or(endpoint.own_refusal())
    }
}

/// The answer of `/about`, written from the account it is about.
pub struct About {
    member: Member,
}

impl serde::Serialize for About {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let account = &self.member.account;
        let data = Profile {
            avatar: &avatar_of(&self.member),
            description: account.bio.as_deref(),
            permission: permissions(account.role),
            role: role_name(account.role),
            username: &self.member.username,
        };
        DataAnswer { data }.serialize(serializer)
    }
}
