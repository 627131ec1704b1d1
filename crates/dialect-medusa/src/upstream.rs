//! The old scanner's server, asked as its page asks it (contract sections 2 and 3). It judges its own captchas only, so its
//! picture is what a client sees, and what the client reads off it goes there with the login.

use std::cell::Cell;

use dragoman_accounts::{
    AccountError, Challenge, ImportedAccount, ImportedPassword, LoginName, NewEmail, Origin, ProvenAccount,
};
use dragoman_dialect::{
    Facet,
    json::{Json, JsonObject},
    predecessor::{
        Ask, Claim, OldSession, Predecessor, Probe, Reply, Request, Settled, There, Undecided, Verdict, post_json,
    },
};
use dragoman_passwords::{Presented, Secret};
use serde_json::json;

use crate::{
    Mount,
    captcha::{CAPTCHA_POLICY, Captcha, RELAYED, SHOWN},
    error::{Endpoint, Refusal},
    member::{DEFAULT_AVATAR, MedusaFacet},
    wire::Wanted,
};

/// Nobody who could be an account.
const NOBODY: &str = r#"{"token": "nobody-61c1f3"}"#;

/// What tells whether the old server speaks as its contract says; nothing of it leaves a trace.
pub const PROBES: &[Probe] = &[
    Probe {
        what: "a captcha",
        ask: Ask::Get("/api/get_verification_code/"),
        status: 200,
        shows: "VerificationCodeKey",
    },
    Probe { what: "a profile without a token", ask: Ask::Json("/api/user_info/", NOBODY), status: 200, shows: "404" },
    Probe { what: "a login without a captcha", ask: Ask::Json("/api/login/", "{}"), status: 200, shows: "169" },
];

/// Longest key that is relayed; the old server's have 250 characters.
const KEY: usize = 256;

const OK: i64 = 200;
const WRONG_CAPTCHA: i64 = 503;
const WRONG: i64 = 604;
const WRONG_REGISTRATION_CAPTCHA: i64 = 504;
const REGISTRATION_CLOSED: i64 = 503;
const WRONG_REGISTRATION_KEY: i64 = 403;
const RESET_CLOSED: i64 = 403;
const WRONG_RESET_KEY: i64 = 404;
const NO_SUCH_PAIR: i64 = 501;
const NO_SUCH_TOKEN: i64 = 404;
const NO_SUCH_PAIR_OF_PASSWORDS: i64 = 404;

/// A captcha of the old server, for a client.
pub struct RelayedCaptcha {
    pub key: String,
    /// Of an old server that shows it, where ours are shown as well.
    pub shown: Option<String>,
    pub picture: Vec<u8>,
}

impl Mount {
    /// The old server's captcha; `None`: it is away, and ours serves those who are here.
    pub async fn captcha_from_there(&self) -> Result<Option<RelayedCaptcha>, AccountError> {
        let Some(old) = self.predecessor.as_ref().filter(|old| old.is_reachable()) else { return Ok(None) };
        let Ok(reply) = old.ask(Request::get("/api/get_verification_code/")).await else { return Ok(None) };
        let key = reply.header("VerificationCodeKey").unwrap_or_default().to_owned();
        let is_key = (1..=KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if reply.status() != 200 || !is_key {
            reply.nonsense("a captcha without a key");
            return Ok(None);
        }
        let (handle, answer) = (key.clone(), String::new());
        let known = Challenge { purpose: RELAYED, handle, answer, account: None, policy: CAPTCHA_POLICY };
        self.accounts.issue_challenge(&self.realm, known).await?;
        let shown = reply.header(SHOWN).filter(|_| self.reveals).map(str::to_owned);
        Ok(Some(RelayedCaptcha { key, shown, picture: reply.into_body() }))
    }

    /// The name to log in by here, after the old server was asked where it is the one to judge; and its captcha is judged, by a login of
    /// nobody or, if the login is right here and wants a session there, by itself.
    pub async fn settle(
        &self,
        username: &str,
        password: &str,
        captcha: &Captcha,
        (origin, wants_session): (&Origin, bool),
    ) -> Result<Settled, AccountError> {
        let name = LoginName::Username(username.to_owned());
        let Some(old) = &self.predecessor else { return Ok(Settled::here(name)) };
        let claim = Claim { name, sent: password.as_bytes(), plain: Some(Secret::new(password)), origin };
        let was_asked = Cell::new(false);
        let ask = || {
            was_asked.set(true);
            self.log_in_there(old, username, password, captcha)
        };
        let domain = (&self.accounts, &self.realm);
        let settled = old.settle(domain, claim, ask).await;
        let Settled { name, there } = settled.map_err(Undecided::as_account_error)?;
        let Captcha::There { key, text } = captcha else { return Ok(Settled { name, there }) };
        if was_asked.get() {
            return Ok(Settled { name, there });
        }
        let presented = [Presented::plain(password)];
        if wants_session
            && matches!(there, There::NotAsked)
            && old.wants_login(domain, &name, (&presented, password), origin).await?
        {
            let there = judged(old.ask(login(username, password, key, text)).await)?;
            return Ok(Settled { name, there });
        }
        self.judge_there(old, key, text).await?;
        Ok(Settled { name, there })
    }

    /// Whether a token that is unknown here is the old server's, and goes on here with its account.
    pub async fn adopts(&self, token: &str) -> Result<bool, AccountError> {
        let Some(old) = self.predecessor.as_ref().filter(|_| !token.is_empty()) else { return Ok(false) };
        let ask = async || {
            let answer = Answer::read(old.ask(post_json("/api/user_info/", &json!({"token": token}))).await?)?;
            if answer.code == NO_SUCH_TOKEN {
                return Ok(None);
            }
            let session = Some(Self::new_session(token.to_owned()));
            let account = ImportedAccount { session, ..profile(&answer)? };
            Ok(Some(ProvenAccount { key: account.id.unwrap_or_default().to_string(), account }))
        };
        old.adopt((&self.accounts, &self.realm), token, ask).await
    }

    async fn log_in_there(
        &self,
        old: &Predecessor,
        username: &str,
        password: &str,
        captcha: &Captcha,
    ) -> Result<Verdict, Undecided> {
        let Captcha::There { key, text } = captcha else {
            // Drawn here because the old server was away: the next one will be its own again.
            return Err(Undecided::Away);
        };
        let answer = Answer::read(old.ask(login(username, password, key, text)).await?)?;
        match answer.code {
            OK => {}
            WRONG_CAPTCHA => return Err(Undecided::Refused(AccountError::WrongAnswer)),
            WRONG => return Ok(Verdict::Wrong),
            _ => return Err(answer.reply.nonsense("a login is neither let in nor refused")),
        }
        let token = answer.message.as_str().ok_or_else(|| answer.reply.nonsense("a login without a token"))?;
        let info = Answer::read(old.ask(post_json("/api/user_info/", &json!({"token": token}))).await?)?;
        let account = profile(&info)?;
        let password = ImportedPassword::Plain(Secret::new(password));
        let (key, account) = (account.id.unwrap_or_default().to_string(), ImportedAccount { password, ..account });
        Ok(Verdict::Proven(Box::new(ProvenAccount { key, account }), OldSession::lasting(token)))
    }

    /// A registration, as long as the old server lives: it has names of its own, so it registers first.
    pub async fn register_there(&self, captcha: &Captcha, wanted: &Wanted<'_>) -> Result<(), Refusal> {
        let Some(old) = &self.predecessor else { return Ok(()) };
        let away = |_: Undecided| Refusal::of(Endpoint::RegisterLookUp, AccountError::Unavailable);
        let Captcha::There { key, text } = captcha else { return Err(away(Undecided::Away)) };
        let fields = json!({"show_name": wanted.show_name, "username": wanted.username, "passwd": wanted.passwd,
            "email": wanted.email, "key": wanted.key, "verification_code_key": key, "verification_code": text});
        let answer =
            Answer::read(old.ask(post_json("/api/registered/", &fields)).await.map_err(away)?).map_err(away)?;
        match answer.code {
            OK => Ok(()),
            WRONG_REGISTRATION_CAPTCHA => Err(Endpoint::Register.wrong_captcha()),
            // Nobody can tell which names it has.
            REGISTRATION_CLOSED => Err(Refusal::REGISTRATION_CLOSED),
            WRONG_REGISTRATION_KEY => Err(Refusal::WRONG_REGISTRATION_KEY),
            WRONG => Err(Refusal::TAKEN),
            _ => Err(away(answer.reply.nonsense("a registration is neither done nor refused"))),
        }
    }

    /// A reset of an account that is not here yet: the old server's answer, `None` if it is not its to give.
    pub async fn reset_there(
        &self,
        captcha: &Captcha,
        name: &str,
        fields: &JsonObject,
        origin: &Origin,
    ) -> Result<Option<Result<(), Refusal>>, AccountError> {
        let Some(old) = &self.predecessor else { return Ok(None) };
        let name = LoginName::Username(name.to_owned());
        let Captcha::There { key, text } = captcha else { return Ok(None) };
        if !old.judges(&self.accounts, &self.realm, &name, origin).await? {
            self.judge_there(old, key, text).await?;
            return Ok(None);
        }
        // What is absent, or no text, is absent there as well: an empty password is one.
        let members = ["key", "name", "new_passwd", "email"]
            .into_iter()
            .filter_map(|member| Some((member, fields.get(member)?.as_str()?)));
        let captcha = [("verification_code_key", key.as_str()), ("verification_code", text.as_str())];
        let sent: serde_json::Map<String, serde_json::Value> =
            members.chain(captcha).map(|(name, text)| (name.to_owned(), text.into())).collect();
        let reply =
            old.ask(post_json("/api/forget_password/", &sent.into())).await.map_err(Undecided::as_account_error)?;
        let answer = Answer::read(reply).map_err(Undecided::as_account_error)?;
        old.forget_refusals(&name);
        Ok(Some(match answer.code {
            OK => Ok(()),
            WRONG_CAPTCHA => Err(Endpoint::ForgetPassword.wrong_captcha()),
            RESET_CLOSED => Err(Refusal::RESET_CLOSED),
            WRONG_RESET_KEY => Err(Refusal::WRONG_RESET_KEY),
            NO_SUCH_PAIR => return Err(AccountError::UnknownAccount),
            _ => return Err(answer.reply.nonsense("a reset is neither done nor refused").as_account_error()),
        }))
    }

    /// Whether a captcha of the old server was read right, where the login itself is judged here: it is used up over there
    /// by a login of nobody.
    ///
    /// # Errors
    /// `WrongAnswer`; `ExpiredChallenge` if nobody can tell: the next one will be ours.
    pub async fn judge_there(&self, old: &Predecessor, key: &str, text: &str) -> Result<(), AccountError> {
        let nobody = self.accounts.randomness().hex(20);
        judged(old.ask(login(&nobody, &nobody, key, text)).await).map(|_| ())
    }
}

/// What a login tells of its captcha.
///
/// # Errors
/// `WrongAnswer`; `ExpiredChallenge` if nobody can tell: the next one will be ours.
fn judged(reply: Result<Reply, Undecided>) -> Result<There, AccountError> {
    let answer = reply.and_then(Answer::read).map_err(|_| AccountError::ExpiredChallenge)?;
    match (answer.code, answer.message.as_str()) {
        (OK, Some(token)) => Ok(There::Entered(OldSession::lasting(token))),
        (WRONG, _) => Ok(There::Refused),
        (WRONG_CAPTCHA, _) => Err(AccountError::WrongAnswer),
        _ => {
            answer.reply.nonsense("a login is neither let in nor refused");
            Err(AccountError::ExpiredChallenge)
        }
    }
}

/// Changes a password there, which judges the captcha. `false`: the old one is wrong there.
///
/// # Errors
/// As [`Mount::judge_there`].
pub async fn change_password(
    old: &Predecessor,
    username: &str,
    (before, new): (&str, &str),
    (key, text): (&str, &str),
) -> Result<bool, AccountError> {
    let fields = json!({"username": username, "old_passwd": before, "new_passwd": new,
        "verification_code_key": key, "verification_code": text});
    let reply = old.ask(post_json("/api/update_password/", &fields)).await;
    let answer = reply.and_then(Answer::read).map_err(|_| AccountError::ExpiredChallenge)?;
    match answer.code {
        OK => Ok(true),
        NO_SUCH_PAIR_OF_PASSWORDS => Ok(false),
        WRONG_CAPTCHA => Err(AccountError::WrongAnswer),
        _ => {
            answer.reply.nonsense("a password change is neither done nor refused");
            Err(AccountError::ExpiredChallenge)
        }
    }
}

fn login(username: &str, password: &str, key: &str, text: &str) -> Request {
    let fields =
        json!({"username": username, "passwd": password, "verification_code_key": key, "verification_code": text});
    post_json("/api/login/", &fields)
}

/// What `user_info` shows of the owner of a token.
fn profile(answer: &Answer) -> Result<ImportedAccount, Undecided> {
    let text = |name: &str| answer.message.get(name).and_then(Json::as_str);
    let (OK, Some(id), Some(username)) = (answer.code, answer.message.get("id").and_then(number), text("name")) else {
        return Err(answer.reply.nonsense("a profile without id or name"));
    };
    let avatar = text("avatar").filter(|name| !name.is_empty()).unwrap_or(DEFAULT_AVATAR).to_owned();
    let facet = MedusaFacet { key: text("key").unwrap_or_default().to_owned(), avatar };
    Ok(ImportedAccount {
        id: Some(id),
        // Never proven (one-domain.md E2).
        email: text("email").map(|address| NewEmail { address: address.to_owned(), verified: false }),
        display_name: text("show_name").map(str::to_owned),
        facet: Some((
            MedusaFacet::NAME,
            facet.encode().map_err(|_| answer.reply.nonsense("a profile that cannot be kept"))?,
        )),
        ..ImportedAccount::named(username.to_owned())
    })
}

/// An answer's two members.
struct Answer {
    message: Json,
    code: i64,
    reply: Reply,
}

impl Answer {
    fn read(reply: Reply) -> Result<Self, Undecided> {
        let object = reply.object()?;
        match (object.get("message").cloned(), object.get("code").and_then(number)) {
            (Some(message), Some(code)) => Ok(Self { message, code, reply }),
            _ => Err(reply.nonsense("it is not in the scanner's envelope")),
        }
    }
}

fn number(value: &Json) -> Option<i64> {
    match value {
        Json::Number(text) => text.parse().ok(),
        Json::Null | Json::Bool(_) | Json::Text(_) | Json::BrokenText | Json::Array(_) | Json::Object(_) => None,
    }
}
