//! The old site's server, asked as its page asks it (contract sections 2.7, 3, 4 and 8). It judges its own captchas only: at
//! each one the gateway opens a page over there, shows its picture, and sends what the client reads off it with the login.

use std::{cell::Cell, time::Duration};

use dragoman_accounts::{
    AccountError, Challenge, ChallengePolicy, ImportedAccount, ImportedPassword, LoginName, NewEmail, Origin,
    ProvenAccount,
};
use dragoman_dialect::{
    json::{Json, JsonObject},
    predecessor::{
        Ask, Claim, OldSession, Predecessor, Probe, Reply, Request, Settled, There, Undecided, Verdict, post_form,
    },
};
use dragoman_passwords::{Presented, Secret, from_login_digest_column};
use serde::{Deserialize, Serialize};

use crate::{
    Mount,
    error::{Endpoint, Refusal},
    page_form::{PageForm, SHOWN},
};

/// Nobody who could be an account.
const NOBODY: &str = "username=";

/// What tells whether the old server speaks as its contract says; nothing of it leaves a trace.
pub const PROBES: &[Probe] = &[
    Probe { what: "a login token", ask: Ask::Get("/api/v1/users/login-token.php"), status: 200, shows: "login_token" },
    Probe { what: "a captcha", ask: Ask::Get("/api/v1/users/captcha.php"), status: 200, shows: "PNG" },
    Probe {
        what: "a status without a session",
        ask: Ask::Get("/api/v1/users/get-status.php"),
        status: 200,
        shows: "false",
    },
    Probe {
        what: "a profile without a session",
        ask: Ask::Get("/api/v1/users/get-user-info.php"),
        status: 200,
        shows: "false",
    },
    Probe {
        what: "a login without fields",
        ask: Ask::Form("/api/v1/users/login.php", NOBODY),
        status: 200,
        shows: "success",
    },
];

const OLD_PAGE: &str = "old page";
pub const COOKIE: &str = "PHPSESSID";
/// Longest session id and login token that are kept.
pub const BYTES: usize = 256;

/// A page that was opened at the old server for one session of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OldPage {
    session: String,
    /// Empty, where the old site writes none.
    login_token: String,
}

/// A captcha of the old server, for a client.
pub struct RelayedCaptcha {
    /// Of an old server that shows it, where ours are shown as well.
    pub shown: Option<String>,
    pub picture: Vec<u8>,
}

/// Who judges the captcha of a login.
pub enum Captcha {
    /// It was ours, and right.
    Here,
    /// The old server: it drew the picture, for this session of ours.
    There { page: OldPage, session: String },
}

impl Mount {
    /// The picture of the old server's captcha for a session of ours; `None`: it is away, and ours serves those who are here.
    pub async fn captcha_from_there(&self, session: &str) -> Result<Option<RelayedCaptcha>, AccountError> {
        let Some(old) = self.predecessor.as_ref().filter(|old| old.is_reachable()) else { return Ok(None) };
        let page = match self.old_page(session).await? {
            Some(page) => page,
            None => match open_page(old).await {
                Ok(page) => page,
                Err(_) => return Ok(None),
            },
        };
        let request = Request::get("/api/v1/users/captcha.php").with("Cookie", cookie(&page.session));
        let Ok(reply) = old.ask(request).await else { return Ok(None) };
        let is_picture = reply.header("Content-Type").is_some_and(|kind| kind.starts_with("image/"));
        let session_there = reply.cookie(COOKIE).map_or_else(|| page.session.clone(), str::to_owned);
        if reply.status() != 200 || !is_picture || !(1..=BYTES).contains(&session_there.len()) {
            reply.nonsense("a captcha without a picture or a session");
            return Ok(None);
        }
        let page = OldPage { session: session_there, ..page };
        let answer = serde_json::to_string(&page).map_err(|_| AccountError::Internal)?;
        let life = Duration::from_secs(self.settings.get().captcha_seconds.into());
        let policy = ChallengePolicy::lasting(life);
        let opened = Challenge { purpose: OLD_PAGE, handle: session.to_owned(), answer, account: None, policy };
        self.accounts.issue_challenge(&self.realm, opened).await?;
        let shown = reply.header(SHOWN).filter(|_| self.reveals).map(str::to_owned);
        Ok(Some(RelayedCaptcha { shown, picture: reply.into_body() }))
    }

    /// The page that was opened at the old server for a session of ours.
    pub async fn old_page(&self, session: &str) -> Result<Option<OldPage>, AccountError> {
        if self.predecessor.is_none() {
            return Ok(None);
        }
        let found = self.accounts.peek_challenge(&self.realm, OLD_PAGE, session).await?;
        // One that does not read is none: the next captcha opens another.
        Ok(found.and_then(|(page, _)| serde_json::from_str(&page).ok()))
    }

    /// The captcha of a session is ours again.
    pub async fn forget_old_page(&self, session: &str) -> Result<(), AccountError> {
        match self.old_page(session).await? {
            Some(_) => self.accounts.withdraw_challenge(&self.realm, OLD_PAGE, session).await,
            None => Ok(()),
        }
    }

    /// The name to log in by here, after the old server was asked where it is the one to judge; and its captcha is judged, by a login of
    /// nobody or, if this login is right here and wants a session there, by itself.
    pub async fn settle(
        &self,
        form: &PageForm<'_>,
        readings: &[Presented],
        captcha: &Captcha,
        origin: &Origin,
    ) -> Result<Settled, AccountError> {
        let name = LoginName::Username(form.username.to_owned());
        let Some(old) = &self.predecessor else { return Ok(Settled::here(name)) };
        let plain = readings.iter().find_map(|reading| match reading {
            Presented::Plain(plain) => Some(plain.clone()),
            Presented::Digest(_) => None,
        });
        let claim = Claim { name, sent: form.password.as_bytes(), plain: plain.clone(), origin };
        let was_asked = Cell::new(false);
        let ask = || {
            was_asked.set(true);
            log_in_there(old, form, plain, captcha)
        };
        let domain = (&self.accounts, &self.realm);
        let settled = old.settle(domain, claim, ask).await;
        let mut outcome = settled.map_err(Undecided::as_account_error);
        let Captcha::There { page, session } = captcha else { return outcome };
        if let Ok(Settled { name, there }) = outcome {
            outcome = if was_asked.get() {
                Ok(Settled { name, there })
            } else if matches!(there, There::NotAsked)
                && old.wants_login(domain, &name, (readings, form.password), origin).await?
            {
                self.enter_there(old, page, form).await.map(|there| Settled { name, there })
            } else {
                self.judge_there(old, page, form.captcha).await.map(|()| Settled { name, there })
            };
        }
        if matches!(outcome, Err(AccountError::ExpiredChallenge)) {
            // The next captcha opens another page.
            self.accounts.withdraw_challenge(&self.realm, OLD_PAGE, session).await?;
        }
        outcome
    }

    /// A registration, as long as the old server lives: it has names of its own, so it registers first.
    pub async fn register_there(
        &self,
        form: &PageForm<'_>,
        nickname: Option<&str>,
        captcha: &Captcha,
    ) -> Result<(), Refusal> {
        let Some(old) = &self.predecessor else { return Ok(()) };
        let refuse = |error| Refusal::of(Endpoint::Register, error);
        let away = |undecided: Undecided| refuse(undecided.as_account_error());
        let Captcha::There { page, session } = captcha else { return Err(refuse(AccountError::Unavailable)) };
        if !self.accounts.is_free(&self.realm, form.username).await.map_err(refuse)? {
            // Told here, once the captcha was judged there.
            return self.judge_there(old, page, form.captcha).await.map_err(refuse);
        }
        let reply = old.ask(register(page, form, nickname)).await.map_err(away)?;
        match Outcome::read(&reply).map_err(away)? {
            Outcome::Right => Ok(()),
            Outcome::Taken => Err(refuse(AccountError::NameTaken)),
            Outcome::WrongCaptcha => Err(refuse(AccountError::WrongAnswer)),
            Outcome::StalePage => {
                self.accounts.withdraw_challenge(&self.realm, OLD_PAGE, session).await.map_err(refuse)?;
                Err(refuse(AccountError::ExpiredChallenge))
            }
            // Nobody can tell which names it has.
            Outcome::Closed => Err(Refusal::REGISTRATION_CLOSED),
            Outcome::Wrong | Outcome::Locked | Outcome::TooMany => {
                Err(away(reply.nonsense("a registration is neither done nor refused")))
            }
        }
    }

    /// As [`Mount::judge_there`] with the login itself: what the old server says to it.
    async fn enter_there(&self, old: &Predecessor, page: &OldPage, form: &PageForm<'_>) -> Result<There, AccountError> {
        let reply = old.ask(login(page, form.username, form.password, form.captcha)).await;
        let reply = reply.map_err(|_| AccountError::ExpiredChallenge)?;
        match Outcome::read(&reply) {
            Ok(Outcome::Right) => Ok(There::Entered(session_of(&reply, page))),
            Ok(Outcome::Wrong | Outcome::Locked) => Ok(There::Refused),
            Ok(Outcome::WrongCaptcha) => Err(AccountError::WrongAnswer),
            // Whether the captcha was looked at before, no old server's users know.
            Ok(Outcome::TooMany | Outcome::StalePage | Outcome::Taken | Outcome::Closed) | Err(_) => {
                Err(AccountError::ExpiredChallenge)
            }
        }
    }

    /// Whether a captcha of the old server was read right, where the login itself is judged here: it is used up over there
    /// by a login of nobody.
    ///
    /// # Errors
    /// `WrongAnswer`; `ExpiredChallenge` if nobody can tell: the next one will be ours.
    async fn judge_there(&self, old: &Predecessor, page: &OldPage, captcha: &str) -> Result<(), AccountError> {
        let nobody = self.accounts.randomness().hex(16);
        let login = old.ask(login(page, &nobody, &nobody, captcha)).await;
        match login.and_then(|reply| Outcome::read(&reply)) {
            Ok(Outcome::Wrong) => Ok(()),
            Ok(Outcome::WrongCaptcha) => Err(AccountError::WrongAnswer),
            Ok(_) | Err(_) => Err(AccountError::ExpiredChallenge),
        }
    }
}

/// What its clients send.
pub fn cookie(session: &str) -> String {
    format!("{COOKIE}={session}")
}

/// A session with a login token. Where the old site writes its token into a page of its own, it has none to ask for.
async fn open_page(old: &Predecessor) -> Result<OldPage, Undecided> {
    let reply = old.ask(Request::get("/api/v1/users/login-token.php")).await?;
    let session = reply.cookie(COOKIE).unwrap_or_default().to_owned();
    let login_token = match reply.status() {
        200 => reply.object()?.get("login_token").and_then(Json::as_str).unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    if session.len() > BYTES || login_token.len() > BYTES {
        return Err(reply.nonsense("a session or a login token that is too long"));
    }
    Ok(OldPage { session, login_token })
}

fn login(page: &OldPage, username: &str, password: &str, captcha: &str) -> Request {
    let fields = [
        ("username", username),
        ("password", password),
        ("captcha", captcha),
        ("login_token", page.login_token.as_str()),
    ];
    post_form("/api/v1/users/login.php", &fields).with("Cookie", cookie(&page.session))
}

fn register(page: &OldPage, form: &PageForm<'_>, nickname: Option<&str>) -> Request {
    let fields = [
        ("username", form.username),
        ("password", form.password),
        ("captcha", form.captcha),
        ("login_token", page.login_token.as_str()),
        ("nickname", nickname.unwrap_or(form.username)),
    ];
    post_form("/api/v1/users/register.php", &fields).with("Cookie", cookie(&page.session))
}

async fn log_in_there(
    old: &Predecessor,
    form: &PageForm<'_>,
    plain: Option<Secret>,
    captcha: &Captcha,
) -> Result<Verdict, Undecided> {
    let Captcha::There { page, .. } = captcha else {
        // Drawn here because the old server was away: the next one will be its own again.
        return Err(Undecided::Away);
    };
    let reply = old.ask(login(page, form.username, form.password, form.captcha)).await?;
    match Outcome::read(&reply)? {
        Outcome::Right => {}
        Outcome::Wrong => return Ok(Verdict::Wrong),
        Outcome::WrongCaptcha => return Err(Undecided::Refused(AccountError::WrongAnswer)),
        Outcome::StalePage => return Err(Undecided::Refused(AccountError::ExpiredChallenge)),
        Outcome::Locked => return Err(Undecided::Refused(AccountError::Locked { password_right: true })),
        // It counts the tries of all that come through here: nobody's password was looked at.
        Outcome::TooMany => return Err(Undecided::Away),
        Outcome::Taken | Outcome::Closed => return Err(reply.nonsense("a login is refused like a registration")),
    }
    let session = session_of(&reply, page);
    let account = profile_there(old, session.token()).await?;
    let password = match plain {
        Some(plain) => ImportedPassword::Plain(plain),
        None => {
            let digest = from_login_digest_column(form.password);
            ImportedPassword::Verifiers(digest.map_err(|_| reply.nonsense("a digest that is none was let in"))?)
        }
    };
    let (key, account) = (account.username.clone(), ImportedAccount { password, ..account });
    Ok(Verdict::Proven(Box::new(ProvenAccount { key, account }), session))
}

/// The session that a login leaves: most sites change its id.
fn session_of(reply: &Reply, page: &OldPage) -> OldSession {
    OldSession::lasting(reply.cookie(COOKIE).unwrap_or(&page.session))
}

/// Changes a password there (7.2), with the passwords as the client sent them. `false`: the old one is wrong there.
pub async fn change_password(
    old: &Predecessor,
    session: &OldSession,
    uuid: &str,
    (before, new): (&str, &str),
) -> Result<bool, Undecided> {
    let fields = [("key", "ajax"), ("uuid", uuid), ("oldPwd", before), ("newPwd", new), ("newPwd_Confirm", new)];
    let request = post_form("/api/v1/users/modify_user_password.php", &fields);
    let reply = old.ask(request.with("Cookie", cookie(session.token()))).await?;
    Ok(reply.object()?.get("success") == Some(&Json::Bool(true)))
}

/// Who is logged in.
pub fn own_info(session: &str) -> Request {
    Request::get("/api/v1/users/get-user-info.php").with("Cookie", cookie(session))
}

/// What the two calls of a logged-in page show. The uuid is in a call that not every old site has.
async fn profile_there(old: &Predecessor, session: &str) -> Result<ImportedAccount, Undecided> {
    let info = old.ask(own_info(session)).await?;
    if info.status() == 200 {
        return profile(&info);
    }
    let status = Request::get("/api/v1/users/get-status.php").with("Cookie", cookie(session));
    profile(&old.ask(status).await?)
}

/// What a call shows of who is logged in.
pub fn profile(reply: &Reply) -> Result<ImportedAccount, Undecided> {
    let answer = reply.object()?;
    let text = |name: &str| answer.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    let (Some(Json::Bool(true)), Some(username)) = (answer.get("flag"), text("username")) else {
        return Err(reply.nonsense("who has just logged in is not logged in"));
    };
    let nickname = text("nickname").filter(|nickname| *nickname != username);
    Ok(ImportedAccount {
        uuid: text("uuid").map(str::to_owned),
        display_name: nickname.map(str::to_owned),
        email: None::<NewEmail>,
        ..ImportedAccount::named(username.to_owned())
    })
}

/// What an answer of shape L says. Its codes are the gateway's own; an old site that has others is read by its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Right,
    Wrong,
    WrongCaptcha,
    StalePage,
    Locked,
    TooMany,
    Taken,
    Closed,
}

impl Outcome {
    fn read(reply: &Reply) -> Result<Self, Undecided> {
        let answer: JsonObject = reply.object()?;
        let text = |name: &str| answer.get(name).and_then(Json::as_str).unwrap_or_default();
        match answer.get("success") {
            Some(Json::Bool(true)) => return Ok(Self::Right),
            Some(Json::Bool(false)) => {}
            _ => return Err(reply.nonsense("it does not say whether it succeeded")),
        }
        let told = match text("flag") {
            "2001" => Some(Self::Wrong),
            "1003" => Some(Self::WrongCaptcha),
            "1002" | "1004" => Some(Self::StalePage),
            "2002" => Some(Self::Locked),
            "2003" => Some(Self::TooMany),
            "3001" => Some(Self::Taken),
            "3002" => Some(Self::Closed),
            _ => None,
        };
        let message = text("message");
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
        let read = told.or_else(|| match () {
            () if says(&["验证码"]) => Some(Self::WrongCaptcha),
            () if says(&["令牌"]) => Some(Self::StalePage),
            () if says(&["已存在"]) => Some(Self::Taken),
            () if says(&["禁用", "锁定"]) => Some(Self::Locked),
            () if says(&["密码错误", "用户名错误", "不存在"]) => Some(Self::Wrong),
            () => None,
        });
        read.ok_or_else(|| reply.nonsense("a refusal of no known reason"))
    }
}
