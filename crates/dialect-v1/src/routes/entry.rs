//! Endpoints 1, 2, 3 and 9: how one gets an account and its tokens.

use std::cell::Cell;

use actix_web::web::Data;
use dragoman_accounts::{AccountError, LoginAttempt, NewEmail, NewPassword, Registration, Role};
use dragoman_dialect::{
    Facet,
    predecessor::{self, Settled, There, Undecided},
};
use dragoman_passwords::{Presented, Secret};

use crate::{
    Mount,
    auth::{Refresher, Unsigned},
    error::{Doing, Refusal},
    member::{DEFAULT_SIGN, V1Facet},
    pictures::{PICTURE_PATH, named_in},
    rules::{check_code, check_email, check_password},
    shape::{Answer, OK},
    states::Entry,
    values::time_name,
    wire::{CodeLogin, Login, Proven, Renewed, Tokens},
};

/// How often a new name that somebody has is made anew.
const NAMES: usize = 3;
/// Access tokens that a session keeps.
const ACCESS_TOKENS: usize = 8;

/// POST /user/register
pub async fn register(mount: Data<Mount>, request: Unsigned<Proven>) -> Result<Answer<()>, Refusal> {
    let Unsigned { body, origin } = request;
    check_email(&body.email)?;
    check_password(&body.password)?;
    check_code(&body.code)?;
    let settings = mount.settings.get();
    if !settings.registration_open {
        // one-domain.md R11.
        return Err(Refusal::NOT_CREATED);
    }
    if mount.register_there(&body, &origin).await? {
        return Ok(OK);
    }
    let refuse = |error| Refusal::of(Doing::Register, error);
    let code = mount.typed_code(&body.email, body.code, &origin);
    let facet = V1Facet::first(settings.time_zone.zone()).map_err(refuse)?;
    for _ in 0..NAMES {
        let registration = Registration {
            username: format!("user_{}", time_name(mount.accounts.clock(), mount.accounts.randomness())),
            password: NewPassword::Plain(Secret::new(body.password.clone())),
            role: Role::User,
            authority: None,
            display_name: None,
            bio: Some(DEFAULT_SIGN.to_owned()),
            email: Some(NewEmail { address: body.email.clone(), verified: true }),
            facet: Some((V1Facet::NAME, facet.clone())),
            origin: origin.clone(),
        };
        match mount.accounts.register_with_code(&mount.realm, registration, code.clone()).await {
            Ok(_) => return Ok(OK),
            Err(AccountError::NameTaken) => {}
            Err(error) => return Err(refuse(error)),
        }
    }
    Err(Refusal::NOT_CREATED)
}

/// POST /user/login
pub async fn log_in(mount: Data<Mount>, request: Unsigned<Login>) -> Result<Answer<Tokens>, Refusal> {
    let Unsigned { body, origin } = request;
    check_email(&body.email)?;
    check_password(&body.password)?;
    let (session, tokens) = mount.new_session();
    let token = first_token(&tokens);
    let (first_facet, puzzle_there) = (mount.first_facet()?, Cell::new(false));
    let settled = Cell::new(There::NotAsked);
    let attempt = async {
        let Settled { name, there } =
            mount.settle(&body.email, &body.password, &origin).await.map_err(|undecided| {
                puzzle_there.set(undecided == Undecided::Puzzle);
                undecided.as_account_error()
            })?;
        settled.set(there);
        let presented = Presented::plain(body.password.clone());
        let (session, facet, origin) = (Some(session), V1Facet::NAME, origin.clone());
        let attempt = LoginAttempt { name, presented, session, facet, origin };
        mount.accounts.log_in_with_first_facet(&mount.realm, attempt, first_facet).await
    };
    let entry = Entry { email: &body.email, doing: Doing::LogIn, session: &token, origin: &origin };
    let entered = mount.log_in_counted(entry, attempt).await;
    if puzzle_there.get() {
        return Err(Refusal::CAPTCHA_NEEDED);
    }
    let member = entered?;
    let account = member.account.number;
    let there = settled.replace(There::NotAsked);
    if let (Some(old), There::Entered(_), Some(facet)) = (&mount.predecessor, &there, &member.facet) {
        old.bring_pictures(account, &mount.pictures, named_in(facet).unwrap_or_default(), PICTURE_PATH);
    }
    mount.accompany(account, &token, (&body.email, &body.password), there).await;
    Ok(Answer(tokens))
}

/// POST /user/login/email
pub async fn log_in_by_code(mount: Data<Mount>, request: Unsigned<CodeLogin>) -> Result<Answer<Tokens>, Refusal> {
    let Unsigned { body: CodeLogin { email, code }, origin } = request;
    check_email(&email)?;
    let (session, tokens) = mount.new_session();
    let token = first_token(&tokens);
    let typed = mount.typed_code(&email, code.clone(), &origin);
    let (facet, puzzle_there) = ((V1Facet::NAME, mount.first_facet()?), Cell::new(false));
    let settled = Cell::new(There::NotAsked);
    let attempt = async {
        let there = mount.code_login_there(&email, &code, &session, &origin).await.map_err(|undecided| {
            puzzle_there.set(undecided == Undecided::Puzzle);
            undecided.as_account_error()
        })?;
        match there {
            Some((member, there)) => {
                settled.set(there);
                Ok(member)
            }
            None => mount.accounts.log_in_with_code(&mount.realm, typed, session.clone(), facet).await,
        }
    };
    let entry = Entry { email: &email, doing: Doing::LogInByCode, session: &token, origin: &origin };
    let entered = mount.log_in_counted(entry, attempt).await;
    if puzzle_there.get() {
        return Err(Refusal::CAPTCHA_NEEDED);
    }
    let account = entered?.account.number;
    let there = settled.replace(There::NotAsked);
    let entry = predecessor::Entry::stored(account, &token, "");
    there.keep(mount.predecessor.as_ref(), (&mount.accounts, &mount.realm), entry).await;
    Ok(Answer(tokens))
}

/// GET /user/token/refresh. Always served (D16); the refresh token goes on, and so do earlier access tokens to their end:
/// the page of 1.0 refreshes once a request, two at once.
pub async fn refresh(mount: Data<Mount>, refresher: Refresher) -> Result<Answer<Renewed>, Refusal> {
    let fresh = mount.access_token(&mount.settings.get());
    let token = fresh.token.clone();
    let renewed = mount.accounts.renew_token(&mount.realm, &refresher.token, fresh, ACCESS_TOKENS).await;
    renewed.map_err(|error| Refusal::of(Doing::Read, error))?;
    Ok(Answer(Renewed { token }))
}

/// One token of a session; any of them leads to it.
fn first_token(tokens: &Tokens) -> String {
    let Tokens { access_token, refresh_token, token } = tokens;
    [access_token, refresh_token, token].into_iter().flatten().next().cloned().unwrap_or_default()
}

impl Mount {
    /// What an account of another dialect gets at its first login here.
    fn first_facet(&self) -> Result<String, Refusal> {
        V1Facet::first(self.settings.get().time_zone.zone()).map_err(|error| Refusal::of(Doing::Read, error))
    }
}
