//! Sections 4 to 6: log in, ask whether one is, log out.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Payload},
};
use dragoman_accounts::{AccountError, AccountNumber, LoginAttempt, LoginName, NewSession, Origin};
use dragoman_dialect::predecessor::{Entry, Settled};
use dragoman_passwords::Presented;

use crate::{
    Mount,
    auth::origin,
    error::{Endpoint, Refusal},
    form::Form,
    page_form::PageForm,
    password::readings,
    shape::{text, with_cookie},
    wire::{Flag, Outcome, Status},
};

fn refuse(error: AccountError) -> Refusal {
    Refusal::of(Endpoint::Login, error)
}

/// POST login.php, row by row.
pub async fn log_in(mount: Data<Mount>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Refusal> {
    let form = Form::read(&request, payload).await.map_err(|_| Refusal::too_large(Endpoint::Login))?;
    let session = mount.session(&request).await.map_err(refuse)?;
    let page = PageForm::read(&form, &mount.settings.get())?;
    let readings = readings(page.password).ok_or(Refusal::PLAIN_PASSWORD)?;
    let captcha = mount.check_page(Endpoint::Login, session.as_ref(), &page).await?;
    let settled = mount.settle(&page, &readings, &captcha, &origin(&request)).await;
    let Settled { name, there } = settled.map_err(refuse)?;
    // The old session ends in the same write, with all that is bound to it: no id from before a login works after it.
    let (id, new) = mount.new_session(session.map(|session| session.id));
    let account = mount.enter(name, readings, new, origin(&request)).await.map_err(refuse)?;
    let entry = Entry::stored(account, &id, page.password);
    there.keep(mount.predecessor.as_ref(), (&mount.accounts, &mount.realm), entry).await;
    Ok(with_cookie(mount.answer(&Outcome::success("登录成功")), Some(mount.set_cookie(&request, &id))))
}

impl Mount {
    /// Logs in with the first reading of the password that is right.
    async fn enter(
        &self,
        name: LoginName,
        readings: Vec<Presented>,
        session: NewSession,
        origin: Origin,
    ) -> Result<AccountNumber, AccountError> {
        let mut refusal = AccountError::WrongPassword;
        for presented in readings {
            let attempt = LoginAttempt {
                name: name.clone(),
                presented,
                session: Some(session.clone()),
                facet: "",
                origin: origin.clone(),
            };
            match self.accounts.log_in(&self.realm, attempt).await {
                Ok(member) => return Ok(member.account.number),
                Err(
                    wrong @ (AccountError::UnknownAccount
                    | AccountError::WrongPassword
                    | AccountError::Locked { password_right: false }),
                ) => refusal = wrong,
                Err(other) => return Err(other),
            }
        }
        Err(refusal)
    }
}

/// get-status.php
pub async fn status(mount: Data<Mount>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let session = mount.session_or_old_one(&request).await.map_err(|error| Refusal::of(Endpoint::Plain, error))?;
    Ok(match session.and_then(|session| session.member) {
        Some(member) => mount.answer(&Status::of(&member)),
        None => mount.answer(&Flag::FALSE),
    })
}

/// logout.php
pub async fn log_out(mount: Data<Mount>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let refuse = |error| Refusal::of(Endpoint::Logout, error);
    let ended = match mount.session_or_old_one(&request).await.map_err(refuse)? {
        Some(session) => {
            mount.log_out_there(&session).await.map_err(refuse)?;
            mount.accounts.end_session(&mount.realm, &session.id).await.map_err(refuse)?
        }
        None => false,
    };
    let settings = mount.settings.get();
    // The document's `{true}` is no JSON and breaks its own client.
    let body = if settings.logout_literal { "{true}" } else { "true" };
    let answer = text(&settings, StatusCode::OK, body.to_owned());
    Ok(with_cookie(answer, ended.then(|| mount.drop_cookie(&request))))
}
