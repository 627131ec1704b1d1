//! Endpoints 10 to 12: one's own account.

use actix_web::web::Data;
use dragoman_accounts::{Amendment, Member};

use crate::{
    Mount,
    auth::{Caller, Signed, USER},
    error::{Doing, Refusal},
    masking::masked,
    member::{V1Facet, WireRole},
    rules::check_name,
    shape::{Answer, OK},
    values::{saved_birthday, time_text},
    wire::{Cover, OwnUser, Profile, UserInfo},
};

/// GET /user/info/get
pub async fn own(mount: Data<Mount>, caller: Caller<USER>) -> Answer<OwnUser> {
    let user = mount.user_info(caller.member);
    Answer(OwnUser { user_info: UserInfo { email: masked(&user.email), ..user } })
}

/// POST /user/info/modify: all five members are overwritten, those left out with their defaults.
pub async fn modify(mount: Data<Mount>, request: Signed<USER, Profile>) -> Result<Answer<()>, Refusal> {
    let Signed { caller, body } = request;
    let Profile { avatar, name, birthday, sign, gender } = body;
    let refuse = |error| Refusal::of(Doing::Change, error);
    let account = caller.member.account.number;
    check_name(&name)?;
    if !mount.accounts.is_free_for(&mount.realm, account, &name).await.map_err(refuse)? {
        return Err(Refusal::NAME_TAKEN);
    }
    if avatar != mount.facet_of(&caller.member).avatar {
        mount.check_upload(&avatar, account).await?;
    }
    let settings = mount.settings.get();
    let zone = settings.time_zone.zone();
    let own_zone = zone.clone();
    let facet = V1Facet::edit(zone, move |facet| {
        facet.avatar.clone_from(&avatar);
        facet.gender = gender;
        facet.birthday = saved_birthday(&birthday, facet.birthday, &own_zone);
    });
    // one-domain.md N6: the name is the username everywhere; E6: an empty sign is empty everywhere.
    let amendment =
        Amendment { username: Some(name), bio: Some(Some(sign)), facet: Some(facet), ..Amendment::default() };
    mount.accounts.amend_own(&mount.realm, account, amendment, caller.origin).await.map_err(refuse)?;
    Ok(OK)
}

/// POST /user/cover/modify
pub async fn modify_cover(mount: Data<Mount>, request: Signed<USER, Cover>) -> Result<Answer<()>, Refusal> {
    let Signed { caller, body: Cover { spacecover } } = request;
    let account = caller.member.account.number;
    mount.check_upload(&spacecover, account).await?;
    let settings = mount.settings.get();
    let facet = V1Facet::edit(settings.time_zone.zone(), move |facet| facet.spacecover.clone_from(&spacecover));
    let amendment = Amendment { facet: Some(facet), ..Amendment::default() };
    let amended = mount.accounts.amend_own(&mount.realm, account, amendment, caller.origin).await;
    amended.map_err(|error| Refusal::of(Doing::Change, error))?;
    Ok(OK)
}

impl Mount {
    /// An account with its address unmasked, as administrators see it (D14).
    pub fn user_info(&self, member: Member) -> UserInfo {
        let settings = self.settings.get();
        let zone = settings.time_zone.zone();
        let facet = V1Facet::of(&member, zone);
        let role = WireRole::of(member.account.role, &facet).number();
        let V1Facet { avatar, spacecover, gender, birthday, .. } = facet;
        let Member { account, id: uid, username: name, .. } = member;
        UserInfo {
            uid,
            name,
            sign: account.bio.unwrap_or_default(),
            email: account.email.unwrap_or_default(),
            avatar,
            spacecover,
            gender,
            role,
            birthday: time_text(birthday, zone),
            // Section 2: an unknown time is the epoch, for the page shows year 1 as it is.
            created_at: time_text(Some(account.created_at.map_or(0, |at| at.millis())), zone),
        }
    }
}
