//! The old panel's server, asked as its web panel asks it (contract sections 4, 6 and 7).

use std::time::Duration;

use dragoman_accounts::{
    AccountError, Allowance, Challenge, ChallengePolicy, ImportedAccount, ImportedPassword, LoginName, NewEmail,
    Origin, ProvenAccount, address::compared, clock::Timestamp,
};
use dragoman_dialect::{
    Facet,
    json::{Json, JsonObject},
    predecessor::{
        Ask, Claim, OldSession, Predecessor, Probe, Reply, Request, Settled, Undecided, Verdict, post_form, query,
    },
};
use dragoman_passwords::Secret;

use crate::{
    Mount,
    error::{Endpoint, Refusal},
    plan::Plan,
    routes::{Form, session_with},
};

/// Nobody who could be an account.
const NOBODY: &str = "username=nobody-61c1f3&password=nothing";

/// What tells whether the old server speaks as its contract says; nothing of it leaves a trace. The first is
/// what `upstream status` asks, again and again.
pub const PROBES: &[Probe] = &[
    Probe {
        what: "a profile without a token",
        ask: Ask::Get("/api/v2/users/info?username=a"),
        status: 401,
        shows: "status",
    },
    Probe { what: "a login of nobody", ask: Ask::Form("/api/v2/users/login", NOBODY), status: 403, shows: "status" },
    Probe { what: "a code without an address", ask: Ask::Get("/api/v2/users/send"), status: 400, shows: "status" },
];

/// Marks an address that the old server mailed a code to.
const CODE_THERE: &str = "code there";
/// Codes of the old server that may be tried for an address in a day (one-domain.md P11).
const GUESSES: i64 = 10;
const CODE_LIFE: Duration = Duration::from_secs(900);

/// Of the text with which the old server refuses a right password, whatever else it says.
const DISABLED: &str = "禁用";

impl Mount {
    /// The name to log in by here, after the old server was asked where it is the one to judge.
    pub async fn settle(&self, name: LoginName, password: &str, origin: &Origin) -> Result<Settled, AccountError> {
        let Some(old) = &self.predecessor else { return Ok(Settled::here(name)) };
        let typed = match &name {
            LoginName::Username(typed) | LoginName::Email(typed) => typed.clone(),
        };
        let claim = Claim { name, sent: password.as_bytes(), plain: Some(Secret::new(password)), origin };
        let realm = self.login_realm();
        let settled = old.settle((&self.accounts, &realm), claim, || self.log_in_there(old, &typed, password)).await;
        settled.map_err(Undecided::as_account_error)
    }

    /// Lets the old server mail a code to an address that nobody here has; it judges it at the registration. `false`: ours
    /// to mail.
    pub async fn code_from_there(&self, email: &str) -> Result<bool, Refusal> {
        let refuse = |error| Refusal::of(Endpoint::Send, error);
        let away = |undecided: Undecided| refuse(undecided.as_account_error());
        let Some(old) = &self.predecessor else { return Ok(false) };
        if !self.accounts.is_email_free(&self.realm, email).await.map_err(refuse)? {
            return Ok(false);
        }
        let reply = old.ask(Request::get(format!("/api/v2/users/send?{}", query(&[("email", email)])))).await;
        let reply = reply.map_err(away)?;
        match Envelope::read(&reply).map_err(away)?.status {
            200 => {}
            400 => return Err(Refusal::BAD_RECIPIENT),
            429 => return Err(Refusal::TOO_MANY_MAILS),
            _ => return Err(away(reply.nonsense("a code is neither sent nor refused"))),
        }
        let (handle, policy) = (compared(email), ChallengePolicy::lasting(CODE_LIFE));
        let sent = Challenge { purpose: CODE_THERE, handle, answer: String::new(), account: None, policy };
        self.accounts.issue_challenge(&self.realm, sent).await.map_err(refuse)?;
        Ok(true)
    }

    /// Registers over there, where names and codes are, and takes the account over at once. `false`: ours to do.
    pub async fn register_there(&self, form: &Form<'_>, qq: &str, origin: &Origin) -> Result<bool, Refusal> {
        let refuse = |error| Refusal::of(Endpoint::Register, error);
        let away = |undecided: Undecided| refuse(undecided.as_account_error());
        let Some(old) = &self.predecessor else { return Ok(false) };
        if !self.accounts.is_email_free(&self.realm, form.email).await.map_err(refuse)? {
            return Ok(false);
        }
        let code = self.accounts.peek_challenge(&self.realm, CODE_THERE, compared(form.email).as_str()).await;
        if code.map_err(refuse)?.is_none() {
            return Err(refuse(AccountError::UnknownChallenge));
        }
        if !self.accounts.is_free(&self.realm, form.username).await.map_err(refuse)? {
            return Err(refuse(AccountError::NameTaken));
        }
        let window = Duration::from_secs(24 * 60 * 60);
        let handle = compared(form.email);
        let guess = Allowance { purpose: "codes of the old server", handle, limit: GUESSES, window };
        if !self.accounts.use_allowances(&self.realm, std::slice::from_ref(&guess)).await.map_err(refuse)? {
            return Err(refuse(AccountError::WrongAnswer));
        }
        let fields = [
            ("username", form.username),
            ("password", form.password),
            ("confirm_password", form.password),
            ("email", form.email),
            ("verify", form.verify),
            ("qq", qq),
        ];
        let reply = old.ask(post_form("/api/v2/users/register", &fields)).await.map_err(away)?;
        let envelope = Envelope::read(&reply).map_err(away)?;
        match envelope.status {
            200 => {}
            400 if envelope.msg.contains("失效") => return Err(refuse(AccountError::ExpiredChallenge)),
            400 if envelope.msg.contains("获取验证码") => return Err(refuse(AccountError::UnknownChallenge)),
            403 => return Err(refuse(AccountError::WrongAnswer)),
            409 if envelope.msg.contains("邮箱") => return Err(refuse(AccountError::EmailTaken)),
            409 => return Err(refuse(AccountError::NameTaken)),
            _ => return Err(away(reply.nonsense("a registration is neither done nor refused"))),
        }
        self.accounts.return_allowance(&self.realm, &guess).await.map_err(refuse)?;
        let name = LoginName::Username(form.username.to_owned());
        old.forget_refusals(&name);
        if let Err(error) = self.settle(name, form.password, origin).await {
            // It is registered; the first login takes it over.
            tracing::warn!(%error, "a registration at the old server was not taken over at once");
        }
        Ok(true)
    }

    /// Whether a token that is unknown here is the old server's, and goes on here with its account. It shows an account to
    /// those who name it.
    pub async fn adopts(&self, token: &str, username: &str) -> Result<bool, AccountError> {
        let Some(old) = &self.predecessor else { return Ok(false) };
        let ask = async || {
            let target = format!("/api/v2/users/info?{}", query(&[("username", username)]));
            let reply = old.ask(Request::get(target).with("Authorization", format!("Bearer {token}"))).await?;
            let envelope = Envelope::read(&reply)?;
            if matches!(envelope.status, 400 | 401 | 403) {
                return Ok(None);
            }
            let info = Info::read(&reply, &envelope)?;
            let account = ImportedAccount { session: Some(session_with(token.to_owned())), ..info.account() };
            Ok(Some(ProvenAccount { key: info.id.to_string(), account }))
        };
        old.adopt((&self.accounts, &self.realm), token, ask).await
    }

    async fn log_in_there(&self, old: &Predecessor, typed: &str, password: &str) -> Result<Verdict, Undecided> {
        let Some(entered) = enter(old, typed, password).await? else { return Ok(Verdict::Wrong) };
        let Entered { username, token, reply, envelope } = entered;
        let target = format!("/api/v2/users/info?{}", query(&[("username", &username)]));
        let shown = old.ask(Request::get(target).with("Authorization", format!("Bearer {token}"))).await?;
        let info = Info::read(&shown, &Envelope::read(&shown)?)?;
        let plan = self.plan_of(&envelope, &info).ok_or_else(|| reply.nonsense("a plan that does not read"))?;
        let account = ImportedAccount {
            facet: Some((Plan::NAME, plan.encode().map_err(|_| reply.nonsense("a plan that cannot be kept"))?)),
            password: ImportedPassword::Plain(Secret::new(password)),
            ..info.account()
        };
        let proven = Box::new(ProvenAccount { key: info.id.to_string(), account });
        Ok(Verdict::Proven(proven, OldSession::lasting(token)))
    }

    /// The plan that the login's answer shows. It does not tell which limits are the account's own: those that are its
    /// group's here as well go on being the group's.
    fn plan_of(&self, login: &Envelope, info: &Info) -> Option<Plan> {
        let group = login.text("group")?.to_owned();
        let (inbound, outbound) = (login.integer("inbound")?, login.integer("outbound")?);
        let usual = self.settings.get().limits_of(&group);
        let is_usual = (usual.inbound, usual.outbound) == (inbound, outbound);
        Some(Plan {
            group,
            traffic: login.integer("traffic")?,
            inbound: Some(inbound).filter(|_| !is_usual),
            outbound: Some(outbound).filter(|_| !is_usual),
            frp_token: login.text("frp_token")?.to_owned(),
            qq: info.qq.clone(),
            qq_social_id: info.qq_social_id.clone(),
            ..Plan::default()
        })
    }
}

/// A login that the old server let in.
pub struct Entered {
    /// What it calls the account.
    pub username: String,
    /// The login token.
    pub token: String,
    reply: Reply,
    envelope: Envelope,
}

/// Logs in there; `None`: name or password is wrong.
pub async fn enter(old: &Predecessor, typed: &str, password: &str) -> Result<Option<Entered>, Undecided> {
    let reply = old.ask(post_form("/api/v2/users/login", &[("username", typed), ("password", password)])).await?;
    let envelope = Envelope::read(&reply)?;
    match envelope.status {
        200 => {}
        403 if envelope.msg.contains(DISABLED) => {
            return Err(Undecided::Refused(AccountError::Locked { password_right: true }));
        }
        403 => return Ok(None),
        // It counts the tries of all that come through here: nobody's password was looked at.
        429 => return Err(Undecided::Away),
        _ => return Err(reply.nonsense("a login is neither let in nor refused")),
    }
    let text = |name: &str| envelope.text(name).map(str::to_owned);
    let (Some(username), Some(token)) = (text("username"), text("token")) else {
        return Err(reply.nonsense("a login without name or token"));
    };
    Ok(Some(Entered { username, token, reply, envelope }))
}

/// Changes a password there (section 5). `false`: the old one is wrong there.
pub async fn change_password(old: &Predecessor, typed: &str, before: &str, new: &str) -> Result<bool, Undecided> {
    let Some(Entered { username, token, .. }) = enter(old, typed, before).await? else { return Ok(false) };
    let fields = [("username", username.as_str()), ("old_password", before), ("new_password", new)];
    let request = post_form("/api/v2/users/reset/password", &fields);
    let reply = old.ask(request.with("Authorization", format!("Bearer {token}"))).await?;
    Ok(Envelope::read(&reply)?.status == 200)
}

/// What `users/info` shows of the owner of a token.
struct Info {
    id: i64,
    username: String,
    email: String,
    registered: Option<Timestamp>,
    qq: String,
    qq_social_id: String,
}

impl Info {
    fn read(reply: &Reply, envelope: &Envelope) -> Result<Self, Undecided> {
        let (200, Some(id), Some(username)) = (envelope.status, envelope.integer("id"), envelope.text("username"))
        else {
            return Err(reply.nonsense("a profile without id or name"));
        };
        let text = |name: &str| envelope.text(name).unwrap_or_default().to_owned();
        // Both kinds of panel wrote the identity, one as a number.
        let social = envelope.data().get("qqSocialId").and_then(number).map(|number| number.to_string());
        Ok(Self {
            id,
            username: username.to_owned(),
            email: text("email"),
            registered: envelope.integer("reg_time").filter(|seconds| *seconds > 0).map(Timestamp::from_seconds),
            qq: text("qq"),
            qq_social_id: Some(text("qq_social_id")).filter(|id| !id.is_empty()).or(social).unwrap_or_default(),
        })
    }

    /// Without plan and password.
    fn account(&self) -> ImportedAccount {
        let email = Some(&self.email).filter(|email| !email.is_empty());
        ImportedAccount {
            id: Some(self.id),
            email: email.map(|address| NewEmail { address: address.clone(), verified: true }),
            created_at: self.registered,
            ..ImportedAccount::named(self.username.clone())
        }
    }
}

/// An answer's `msg`, `data` and `status` (section 3.1).
struct Envelope {
    msg: String,
    status: i64,
    object: JsonObject,
}

impl Envelope {
    fn read(reply: &Reply) -> Result<Self, Undecided> {
        let object = reply.object()?;
        let status = object.get("status").and_then(number).filter(|status| *status == i64::from(reply.status()));
        let (Some(msg), Some(status)) = (object.get("msg").and_then(Json::as_str).map(str::to_owned), status) else {
            return Err(reply.nonsense("it is not in the panel's envelope"));
        };
        Ok(Self { msg, status, object })
    }

    fn data(&self) -> &Json {
        self.object.get("data").unwrap_or(&Json::Null)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.data().get(name)?.as_str()
    }

    /// As a number or as its decimal text: the document mixes both.
    fn integer(&self, name: &str) -> Option<i64> {
        number(self.data().get(name)?)
    }
}

fn number(value: &Json) -> Option<i64> {
    match value {
        Json::Number(text) | Json::Text(text) => text.parse().ok(),
        Json::Null | Json::Bool(_) | Json::BrokenText | Json::Array(_) | Json::Object(_) => None,
    }
}
