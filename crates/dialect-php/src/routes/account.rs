//! Section 7 and 8.3: one's own account.

use std::{slice, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use dragoman_accounts::{
    AccountError, AccountNumber, Allowance, Amendment, Member, OwnSessions, PasswordChange, PasswordProof, Realm,
};
use dragoman_passwords::{Presented, Secret};

use crate::{
    Mount,
    auth::{LiveSession, origin},
    error::{Endpoint, Refusal},
    form::{Form, trim},
    names,
    password::{deobfuscate, is_of_good_length},
    settings::Settings,
    wire::{Flag, UserInfo, Verdict},
};

/// get-user-info.php
pub async fn user_info(mount: Data<Mount>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let session = mount.session_or_old_one(&request).await.map_err(|error| Refusal::of(Endpoint::Plain, error))?;
    Ok(match session.and_then(|session| session.member) {
        Some(member) => mount.answer(&UserInfo::of(&member)),
        None => mount.answer(&Flag::FALSE),
    })
}

/// POST modify_user_nickname.php, which is also the address the document prints for the password (7.3).
pub async fn change_nickname(
    mount: Data<Mount>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    let own = mount.own_request(Endpoint::Nickname, &request, payload).await?;
    let query = Form::of_query(request.query_string());
    let Some(nickname) = query.raw("nickname") else {
        if ["oldPwd", "newPwd", "newPwd_Confirm"].iter().any(|name| own.form.raw(name).is_some()) {
            return mount.replace_password(own.allowed()?, &request).await;
        }
        own.allowed()?;
        return Err(Refusal::bad_nickname(names::BadNickname::Empty));
    };
    let Allowed { member, .. } = own.allowed()?;
    let nickname = names::nickname(trim(nickname)).map_err(Refusal::bad_nickname)?;
    let amendment = Amendment { display_name: Some(Some(nickname.to_owned())), ..Amendment::default() };
    let number = member.account.number;
    let amended = mount.accounts.amend_own(&mount.realm, number, amendment, origin(&request)).await;
    amended.map_err(|error| Refusal::of(Endpoint::Nickname, error))?;
    Ok(mount.answer(&Verdict::success("昵称修改成功")))
}

/// POST modify_user_password.php
pub async fn change_password(
    mount: Data<Mount>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refusal> {
    let own = mount.own_request(Endpoint::Password, &request, payload).await?;
    mount.replace_password(own.allowed()?, &request).await
}

/// A request to change an account, and the session it came with.
struct OwnRequest {
    form: Form,
    session: Option<LiveSession>,
}

/// A request that may change the account it is about.
struct Allowed {
    form: Form,
    session: String,
    member: Member,
}

impl OwnRequest {
    /// 7.1 rows 2 to 5.
    fn allowed(self) -> Result<Allowed, Refusal> {
        let Self { form, session } = self;
        if form.raw("key") != Some(b"ajax") {
            return Err(Refusal::ILLEGAL_REQUEST);
        }
        let Some(LiveSession { id, member: Some(member) }) = session else { return Err(Refusal::NOT_LOGGED_IN) };
        let uuid = form.text("uuid").ok_or(Refusal::NO_UUID)?;
        if uuid != member.account.uuid {
            return Err(Refusal::FOREIGN_UUID);
        }
        Ok(Allowed { form, session: id, member })
    }
}

/// Old and new password in plain text: 7.2 rows 6 to 11.
struct Passwords {
    old: Secret,
    new: Secret,
}

impl Passwords {
    fn read(form: &Form, settings: &Settings) -> Result<Self, Refusal> {
        let old = form.text("oldPwd").ok_or(Refusal::NO_OLD_PASSWORD)?;
        let new = form.text("newPwd").ok_or(Refusal::NO_NEW_PASSWORD)?;
        let confirmation = form.text("newPwd_Confirm").ok_or(Refusal::NO_CONFIRMATION)?;
        let (Some(old), Some(new), Some(confirmation)) =
            (deobfuscate(old), deobfuscate(new), deobfuscate(confirmation))
        else {
            return Err(Refusal::PLAIN_PASSWORDS);
        };
        if new != confirmation {
            return Err(Refusal::PASSWORDS_DIFFER);
        }
        if !is_of_good_length(&new, settings.min_password, settings.max_password) {
            return Err(Refusal::bad_new_password_length(settings));
        }
        Ok(Self { old, new })
    }
}

/// A stolen session guesses no faster than this. Apart from the limit on logins: of what fails, only row 11 of section 4
/// counts there.
fn old_password(account: AccountNumber) -> Allowance {
    let window = Duration::from_secs(15 * 60);
    Allowance { purpose: "wrong old passwords", handle: account.to_string(), limit: 10, window }
}

impl Mount {
    async fn own_request(
        &self,
        endpoint: Endpoint,
        request: &HttpRequest,
        payload: Payload,
    ) -> Result<OwnRequest, Refusal> {
        let form = Form::read(request, payload).await.map_err(|_| Refusal::too_large(endpoint))?;
        let session = self.session_or_old_one(request).await.map_err(|error| Refusal::of(endpoint, error))?;
        Ok(OwnRequest { form, session })
    }

    /// 7.2 from row 6 on.
    async fn replace_password(&self, allowed: Allowed, request: &HttpRequest) -> Result<HttpResponse, Refusal> {
        let refuse = |error| Refusal::of(Endpoint::Password, error);
        let Allowed { form, session, member } = allowed;
        let Passwords { old, new } = Passwords::read(&form, &self.settings.get())?;
        if self.has_yet_to_log_in(&member, &origin(request)).await.map_err(refuse)? {
            return Err(Refusal::NOT_LOGGED_IN);
        }
        let sent = (form.text("oldPwd").unwrap_or_default(), form.text("newPwd").unwrap_or_default());
        let (account, origin, is_same) = (member.account.number, origin(request), old == new);
        let (guess, present) = (old_password(account), Presented::Plain(old));
        if !self.accounts.use_allowances(&self.realm, slice::from_ref(&guess)).await.map_err(refuse)? {
            return Err(refuse(AccountError::Throttled));
        }
        let realm = Realm { throttle: None, ..self.realm.clone() };
        let outcome = if is_same {
            // A wrong old password is told first (row 12).
            self.accounts.verify_password(&realm, account, present, origin).await
        } else {
            let proof = PasswordProof::Present(present);
            // one-domain.md R8: all sessions but this one end, of every dialect.
            let own_sessions = OwnSessions::EndExcept(session.clone());
            let change = PasswordChange { account, proof, new, own_sessions, origin };
            self.accounts.change_password(&realm, change).await
        };
        if outcome != Err(AccountError::WrongPassword) {
            self.accounts.return_allowance(&self.realm, &guess).await.map_err(refuse)?;
        }
        outcome.map_err(refuse)?;
        if is_same {
            return Err(Refusal::SAME_PASSWORD);
        }
        self.tell_of_password(&member, &session, sent).await;
        Ok(self.answer(&Verdict::success("密码修改成功")))
    }
}
