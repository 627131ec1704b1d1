//! Sections 3.4 and 3.7: new passwords. Neither asks for a token.

use actix_web::{HttpResponse, web::Data};
use dragoman_accounts::{AccountError, NamedPasswordChange, NamedPasswordReset, OwnSessions};
use dragoman_passwords::{Presented, Secret};

use crate::{
    Mount,
    auth::Call,
    envelope::success,
    error::{Endpoint, Refusal},
    secret::is_secret,
    wire::database_text,
};

/// POST update_password
pub async fn change(mount: Data<Mount>, call: Call) -> Result<HttpResponse, Refusal> {
    let refuse = |error| Refusal::of(Endpoint::UpdatePassword, error);
    let captcha = call.captcha()?;
    let username = call.fields.present("username")?;
    call.fields.present("old_passwd")?;
    call.fields.present("new_passwd")?;
    let captcha = mount.spend(captcha, Endpoint::UpdatePassword).await?;
    // Row 4: unlike at login the captcha is spent when these are no strings.
    let (old, new) = (call.fields.text("old_passwd")?, call.fields.text("new_passwd")?);
    let username = database_text(username).ok_or(refuse(AccountError::UnknownAccount))?;
    let settled = mount.settle_change(&username, (old, new), &captcha, &call.origin).await;
    let settled = settled.map_err(refuse)?;
    let change = NamedPasswordChange {
        name: settled.name.clone(),
        presented: Presented::plain(old),
        new: Secret::new(new),
        own_sessions: OwnSessions::Stay,
        origin: call.origin,
    };
    let account = mount.accounts.change_password_by_name(&mount.realm, change).await.map_err(refuse)?;
    mount.tell_of_change(account, &settled).await;
    Ok(success("好耶！修改成功~"))
}

const RESET: &str = "修改成功啦~建议去配置文件中关闭忘记密码功能哦~";

/// POST forget_password
pub async fn reset(mount: Data<Mount>, call: Call) -> Result<HttpResponse, Refusal> {
    let refuse = |error| Refusal::of(Endpoint::ForgetPassword, error);
    let key = call.fields.present("key")?;
    let captcha = mount.spend(call.captcha()?, Endpoint::ForgetPassword).await?;
    let name = call.fields.looked_up("name")?.unwrap_or_default();
    let there = mount.reset_there(&captcha, &name, call.fields.members(), &call.origin).await.map_err(refuse)?;
    if let Some(answer) = there {
        return answer.map(|()| success(RESET));
    }
    let settings = mount.settings.get();
    if !settings.password_reset_open {
        return Err(Refusal::RESET_CLOSED);
    }
    // What is no text is no guess at the secret.
    let Some(key) = key.as_str() else { return Err(Refusal::WRONG_RESET_KEY) };
    let is_right = is_secret(key, &settings.password_reset_key);
    if !mount.accounts.weigh_secret(&mount.realm, "password reset", is_right, &call.origin).await.map_err(refuse)? {
        return Err(Refusal::WRONG_RESET_KEY);
    }
    let new = call.fields.text("new_passwd")?;
    let (Some(username), Some(email)) = (call.fields.looked_up("name")?, call.fields.looked_up("email")?) else {
        return Err(refuse(AccountError::UnknownAccount));
    };
    let reset = NamedPasswordReset {
        username,
        email,
        new: Secret::new(new),
        own_sessions: OwnSessions::Stay,
        origin: call.origin,
    };
    let account = mount.accounts.reset_password_by_name(&mount.realm, reset).await.map_err(refuse)?;
    if let Some(old) = &mount.predecessor {
        old.end(&mount.accounts, account).await;
    }
    Ok(success(RESET))
}
