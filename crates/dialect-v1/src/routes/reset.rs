//! Endpoints 7 and 8: a new password for one who has forgotten the old.

use actix_web::{HttpRequest, web::Data};
use dragoman_accounts::{OwnSessions, PasswordChange, PasswordProof};
use dragoman_passwords::Secret;

use crate::{
    Mount,
    auth::{Unsigned, origin},
    bind::Query,
    error::{Doing, Refusal},
    rules::{check_code, check_email, check_password},
    shape::{Answer, OK},
    wire::Proven,
};

/// GET /user/resetpwd/check, with the document's spelling of the parameter too (D3)
pub async fn check(mount: Data<Mount>, request: HttpRequest) -> Result<Answer<()>, Refusal> {
    let email = Query::of(&request).email(&["email", "eamil"]);
    check_email(&email)?;
    // Taken for good, also if there is no such account.
    let origin = origin(&request);
    mount.take_ticket(&email, &origin).await?.ok_or(Refusal::CAPTCHA_NEEDED)?;
    if mount.check_reset_there(&email, &origin).await? {
        return Ok(OK);
    }
    let found = mount.accounts.find_by_email(&mount.realm, &email, "").await;
    let member = found.map_err(|error| Refusal::of(Doing::Read, error))?.ok_or(Refusal::NO_SUCH_USER)?;
    // one-domain.md P11 †: four digits give nobody an administrator's account, and do not tell who is one.
    if member.account.role > mount.code_opens() {
        return Err(Refusal::NO_SUCH_USER);
    }
    mount.put_reset_permit(&mount.addressee(&email).await?).await?;
    Ok(OK)
}

/// POST /user/pwd/modify
pub async fn modify(mount: Data<Mount>, request: Unsigned<Proven>) -> Result<Answer<()>, Refusal> {
    let Unsigned { body, origin } = request;
    check_email(&body.email)?;
    check_password(&body.password)?;
    check_code(&body.code)?;
    if mount.reset_there(&body, &origin).await? {
        return Ok(OK);
    }
    let Proven { email, password, code } = body;
    let addressee = mount.addressee(&email).await?;
    if !mount.has_reset_permit(&addressee).await? {
        // D6.
        return Err(Refusal::UNAUTHORIZED);
    }
    let answer = mount.typed_code(&email, code, &origin);
    let account = addressee.account.ok_or(Refusal::UNAUTHORIZED)?;
    let change = PasswordChange {
        account,
        proof: PasswordProof::Code { answer, permit: Some(mount.reset_permit(&addressee)) },
        new: Secret::new(password),
        // Section 7.10; those of other dialects end (one-domain.md R8).
        own_sessions: OwnSessions::Stay,
        origin,
    };
    let changed = mount.accounts.change_password(&mount.realm, change).await;
    changed.map_err(|error| Refusal::of(Doing::Change, error))?;
    if let Some(old) = &mount.predecessor {
        old.end(&mount.accounts, account).await;
    }
    Ok(OK)
}
