//! Endpoints 5 and 6, which never refuse. They find only accounts that have been in this dialect (one-domain.md N11): names
//! of the other dialects were not public.

use actix_web::{HttpRequest, web::Data};
use dragoman_accounts::{AccountError, Member};
use dragoman_dialect::Facet;

use crate::{
    Mount,
    bind::Query,
    error::{Doing, Refusal},
    member::V1Facet,
    shape::Answer,
    wire::{OtherUser, PublicUser, Uid},
};

/// GET /user/info/other
pub async fn other(mount: Data<Mount>, request: HttpRequest) -> Result<Answer<OtherUser>, Refusal> {
    let uid = Query::of(&request).number("uid", 0);
    let found = mount.accounts.find_by_id(&mount.realm, uid, V1Facet::NAME).await;
    let user = visible(found)?.map(|member| mount.public_user(member)).unwrap_or_default();
    Ok(Answer(OtherUser { user }))
}

/// GET /user/uid
pub async fn uid(mount: Data<Mount>, request: HttpRequest) -> Result<Answer<Uid>, Refusal> {
    let query = Query::of(&request);
    let Some(name) = query.text("name").filter(|name| !name.is_empty()) else { return Ok(Answer(Uid { uid: 0 })) };
    let found = mount.accounts.find_by_name(&mount.realm, &name, V1Facet::NAME).await;
    Ok(Answer(Uid { uid: visible(found)?.map_or(0, |member| member.id) }))
}

fn visible(found: Result<Option<Member>, AccountError>) -> Result<Option<Member>, Refusal> {
    let found = found.map_err(|error| Refusal::of(Doing::Read, error))?;
    Ok(found.filter(|member| member.facet.is_some()))
}

impl Mount {
    fn public_user(&self, member: Member) -> PublicUser {
        let V1Facet { avatar, spacecover, gender, .. } = self.facet_of(&member);
        let Member { account, id: uid, username: name, .. } = member;
        PublicUser { uid, name, sign: account.bio.unwrap_or_default(), avatar, spacecover, gender }
    }
}
