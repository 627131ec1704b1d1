//! Section 4: what administrators do to others.

use actix_web::web::Data;
use dragoman_accounts::{Authority, OwnSessions, PasswordChange, PasswordProof, Registration, Role};
use dragoman_passwords::Secret;

use crate::{
    Mount,
    auth::Signed,
    error::{Endpoint, Refusal},
    routes::public::NAME,
    shape::Json,
    wire::{Message, UserType},
};

type Done = Result<Json<Message<&'static str>>, Refusal>;

/// POST /adduser
pub async fn add_user(mount: Data<Mount>, request: Signed) -> Done {
    let Signed { caller, fields, origin } = request;
    let (Some(username), Some(password), Some(usertype)) =
        (fields.username(), fields.text("password"), fields.usertype())
    else {
        return Err(Refusal::INCOMPLETE_USER);
    };
    let role = asked_role(usertype, caller.account.role)?;
    let registration = Registration {
        authority: Some(Authority::Above(caller.account.number)),
        origin,
        ..mount.registration(username, password, role)?
    };
    let free = mount.accounts.is_free(&mount.realm, &registration.username).await;
    let refuse = |error| Refusal::of(Endpoint::AddUser, error);
    if !free.map_err(refuse)? {
        return Err(refuse(dragoman_accounts::AccountError::NameTaken));
    }
    if registration.username.chars().count() > NAME {
        return Err(Refusal::INCOMPLETE_USER);
    }
    mount.accounts.register(&mount.realm, registration).await.map_err(refuse)?;
    Ok(Json(Message { message: "创建成功" }))
}

/// Rows 3 to 6: nobody makes a super administrator or a peer, and an ordinary user makes nobody.
fn asked_role(asked: UserType, own: Role) -> Result<Role, Refusal> {
    match asked {
        UserType::Role(role) if role == Role::SuperAdministrator || role == own => Err(Endpoint::AddUser.own_refusal()),
        UserType::Role(_) | UserType::NoRole if own == Role::User => Err(Refusal::NO_ACCESS_TO_CREATE),
        UserType::NoRole => Err(Endpoint::AddUser.own_refusal()),
        UserType::Role(role) => Ok(role),
    }
}

/// POST /delete
pub async fn delete(mount: Data<Mount>, request: Signed) -> Done {
    let Signed { caller, fields, origin } = request;
    let username = fields.username().ok_or(Endpoint::Delete.own_refusal())?;
    let target = mount.target(&username, Endpoint::Delete).await?.account.number;
    let deleted = mount.accounts.delete(&mount.realm, Authority::Above(caller.account.number), target, origin).await;
    deleted.map_err(|error| Refusal::of(Endpoint::Delete, error))?;
    Ok(Json(Message { message: "用户已删除" }))
}

/// POST /lock
pub async fn lock(mount: Data<Mount>, request: Signed) -> Done {
    let Signed { caller, fields, origin } = request;
    let (Some(username), Some(locked)) = (fields.username(), fields.userlock()) else {
        return Err(Refusal::UNAUTHORIZED);
    };
    let target = mount.target(&username, Endpoint::Lock).await?.account.number;
    let authority = Authority::Above(caller.account.number);
    let done = mount.accounts.set_locked(&mount.realm, authority, target, locked, origin).await;
    done.map_err(|error| Refusal::of(Endpoint::Lock, error))?;
    Ok(Json(Message { message: "执行完成" }))
}

/// POST /admin/upwd
pub async fn reset_password(mount: Data<Mount>, request: Signed) -> Done {
    let Signed { caller, fields, origin } = request;
    if caller.account.role == Role::User {
        return Err(Refusal::UNAUTHORIZED);
    }
    let (Some(new), Some(username)) = (fields.text("newpwd"), fields.username()) else {
        return Err(Endpoint::Change.own_refusal());
    };
    let target = mount.target(&username, Endpoint::Change).await?;
    let change = PasswordChange {
        account: target.account.number,
        proof: PasswordProof::Authority(Authority::Above(caller.account.number)),
        new: Secret::new(new),
        own_sessions: OwnSessions::Stay,
        origin,
    };
    let changed = mount.accounts.change_password(&mount.realm, change).await;
    changed.map_err(|error| Refusal::of(Endpoint::Change, error))?;
    mount.end_there(&target).await;
    Ok(Json(Message { message: "修改成功" }))
}
