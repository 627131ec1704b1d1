//! The old site's server, asked as its front end asks it (contract sections 3 and 4), of either generation.

use std::time::Duration;

use dragoman_accounts::{
    AccountError, Allowance, ImportedAccount, ImportedPassword, LoginName, Member, NewEmail, NewSession, Origin,
    ProvenAccount, address::compared, clock::Timestamp,
};
use dragoman_dialect::{
    Facet,
    json::{Json, JsonObject},
    predecessor::{
        Ask, Claim, OldSession, Predecessor, Probe, Reply, Request, Settled, There, Undecided, Verdict, post_json,
        query,
    },
};
use dragoman_passwords::Secret;
use serde_json::json;

use crate::{
    Mount,
    error::{Doing, Refusal},
    masking::masked,
    member::{V1Facet, WireRole},
    wire::{Proven, SliderCaptcha},
};

/// Nobody who could be an account.
const NOBODY: &str = r#"{"email": "nobody-61c1f3@example.com", "password": "nothing"}"#;

/// What tells whether the old server speaks as its contract says; nothing of it leaves a trace. The first is
/// what `upstream status` asks, again and again.
pub const PROBES: &[Probe] = &[
    Probe { what: "a profile without a token", ask: Ask::Get("/api/v1/user/info/get"), status: 200, shows: "3030" },
    Probe { what: "a login of nobody", ask: Ask::Json("/api/v1/user/login", NOBODY), status: 200, shows: "3020" },
    Probe {
        what: "a slider",
        ask: Ask::Get("/api/v1/captcha/get?email=nobody-61c1f3%40example.com"),
        status: 200,
        shows: "slider_captcha",
    },
];

/// Codes of the old server that may be tried for an address in a day.
const GUESSES: i64 = 10;

/// Of an access token (section 8).
const ACCESS_LIFE: Duration = Duration::from_secs(300);

const OK: i64 = 200;
const PUZZLE: i64 = -1;
const WRONG: i64 = 3020;
const EXPIRED: i64 = 3000;
const UNAUTHORIZED: i64 = 3030;
const WRONG_CODE: i64 = 3010;
const NO_SUCH_USER: i64 = 4040;

impl Mount {
    /// The name to log in by here, after the old server was asked where it is the one to judge.
    pub async fn settle(&self, email: &str, password: &str, origin: &Origin) -> Result<Settled, Undecided> {
        let name = LoginName::Email(email.to_owned());
        let Some(old) = &self.predecessor else { return Ok(Settled::here(name)) };
        let claim = Claim { name, sent: password.as_bytes(), plain: Some(Secret::new(password)), origin };
        let now = self.accounts.clock().now();
        old.settle((&self.accounts, &self.realm), claim, || log_in_there(old, email, password, now)).await
    }

    /// Whether the old server is the one to judge logins with an address, and would be asked now.
    pub async fn asks_there(&self, email: &str, origin: &Origin) -> Result<Option<&Predecessor>, AccountError> {
        let Some(old) = self.predecessor.as_ref().filter(|old| old.is_reachable()) else { return Ok(None) };
        let name = LoginName::Email(email.to_owned());
        match old.judges(&self.accounts, &self.realm, &name, origin).await {
            Ok(judges) => Ok(judges.then_some(old)),
            // Its captcha is drawn here; nobody is asked about an address that is guessed at.
            Err(AccountError::Throttled) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What an old server says to something that only it can do.
enum Told {
    Done,
    Refused(Refusal),
}

impl Mount {
    /// Whether a token that is unknown here is the old server's, and goes on here with its account. Its address comes with
    /// the first login, for it is shown masked.
    pub async fn adopts(&self, token: &str) -> Result<bool, AccountError> {
        let Some(old) = &self.predecessor else { return Ok(false) };
        let ask = async || {
            let reply = old.ask(own_info(token)).await?;
            let envelope = Envelope::read(&reply)?;
            if matches!(envelope.code, UNAUTHORIZED | EXPIRED) {
                return Ok(None);
            }
            let (account, _) = profile(&reply, &envelope)?;
            let account = ImportedAccount { session: Some(self.seeded_session(token.to_owned())), ..account };
            Ok(Some(ProvenAccount { key: account.id.unwrap_or_default().to_string(), account }))
        };
        old.adopt((&self.accounts, &self.realm), token, ask).await
    }

    /// Lets the old server mail a code to an address that nobody here has. `false`: ours to mail.
    pub async fn code_from_there(&self, email: &str, origin: &Origin) -> Result<bool, Refusal> {
        let Some(old) = self.speaks_for(email, origin).await? else { return Ok(false) };
        let request = post_json("/api/v1/user/code/email", &json!({"email": email}));
        match told(old, request).await? {
            Told::Done => Ok(true),
            Told::Refused(refusal) => Err(refusal),
        }
    }

    /// Registers an address that nobody here has over there, where names and codes are, and takes it over at once. `false`:
    /// ours to do.
    pub async fn register_there(&self, body: &Proven, origin: &Origin) -> Result<bool, Refusal> {
        let Proven { email, password, code } = body;
        let Some(old) = self.speaks_for(email, origin).await? else { return Ok(false) };
        let guess = self.guess_there(email).await?;
        let fields = json!({"email": email, "password": password, "code": code});
        if let Told::Refused(refusal) = told(old, post_json("/api/v1/user/register", &fields)).await? {
            return Err(refusal);
        }
        self.was_right(guess).await?;
        self.take_over_now(old, body, origin).await?;
        // The original says "ok" to what it could not store (D9).
        let is_free = self.accounts.is_email_free(&self.realm, email).await;
        if is_free.map_err(|error| Refusal::of(Doing::Read, error))? { Err(Refusal::NOT_CREATED) } else { Ok(true) }
    }

    /// The first step of a reset for an address that nobody here has. `false`: ours to take.
    pub async fn check_reset_there(&self, email: &str, origin: &Origin) -> Result<bool, Refusal> {
        let Some(old) = self.speaks_for(email, origin).await? else { return Ok(false) };
        let request = Request::get(format!("/api/v1/user/resetpwd/check?{}", query(&[("email", email)])));
        match told(old, request).await? {
            Told::Done => Ok(true),
            Told::Refused(refusal) => Err(refusal),
        }
    }

    /// The second step; the account is taken over with the new password. `false`: ours to take.
    pub async fn reset_there(&self, body: &Proven, origin: &Origin) -> Result<bool, Refusal> {
        let Proven { email, password, code } = body;
        let Some(old) = self.speaks_for(email, origin).await? else { return Ok(false) };
        let guess = self.guess_there(email).await?;
        let fields = json!({"email": email, "password": password, "code": code});
        if let Told::Refused(refusal) = told(old, post_json("/api/v1/user/pwd/modify", &fields)).await? {
            return Err(refusal);
        }
        self.was_right(guess).await?;
        self.take_over_now(old, body, origin).await?;
        Ok(true)
    }

    /// A login by a code that the old server mailed: its account is taken over without a password, with this session.
    /// `None`: ours to judge.
    pub async fn code_login_there(
        &self,
        email: &str,
        code: &str,
        session: &NewSession,
        origin: &Origin,
    ) -> Result<Option<(Member, There)>, Undecided> {
        let there = self.speaks_for(email, origin).await.map_err(|_| Undecided::Away)?;
        let Some(old) = there else { return Ok(None) };
        let wrong = Undecided::Refused(AccountError::WrongAnswer);
        let Ok(guess) = self.guess_there(email).await else { return Err(wrong) };
        let reply = old.ask(post_json("/api/v1/user/login/email", &json!({"email": email, "code": code}))).await?;
        let envelope = Envelope::read(&reply)?;
        match envelope.code {
            OK => {}
            PUZZLE => return Err(Undecided::Puzzle),
            WRONG_CODE => return Err(wrong),
            NO_SUCH_USER => return Err(Undecided::Refused(AccountError::UnknownAccount)),
            _ => return Err(reply.nonsense("a login by code is neither let in nor refused")),
        }
        self.was_right(guess).await.map_err(|_| Undecided::Away)?;
        let session_there = envelope.session(&reply, self.accounts.clock().now())?;
        let account = profile_there(old, session_there.token(), email).await?;
        // one-domain.md P11 †: four digits give nobody an administrator's account, and do not tell who is one.
        if account.role > self.code_opens() {
            return Err(Undecided::Refused(AccountError::UnknownAccount));
        }
        let account = ImportedAccount { session: Some(session.clone()), ..account };
        let proven = ProvenAccount { key: account.id.unwrap_or_default().to_string(), account };
        let taken = self.accounts.take_over_proven(&self.realm, proven).await;
        taken.map_err(Undecided::Here)?;
        let token = session.tokens.first().map(|token| token.token.as_str()).unwrap_or_default();
        let begun = self.accounts.resolve_token(&self.realm, token, V1Facet::NAME).await.map_err(Undecided::Here)?;
        match begun.and_then(|session| session.member) {
            Some(member) => Ok(Some((member, There::Entered(session_there)))),
            // It is here meanwhile: the code was spent over there.
            None => Err(wrong),
        }
    }

    /// A code that is tried over there: as many an address as the gateway bears of its own (one-domain.md P11).
    async fn guess_there(&self, email: &str) -> Result<Allowance, Refusal> {
        let window = Duration::from_secs(24 * 60 * 60);
        let guess = Allowance { purpose: "codes of the old server", handle: compared(email), limit: GUESSES, window };
        let left = self.accounts.use_allowances(&self.realm, std::slice::from_ref(&guess)).await;
        let left = left.map_err(|error| Refusal::of(Doing::Read, error))?;
        if left { Ok(guess) } else { Err(Refusal::WRONG_CODE) }
    }

    async fn was_right(&self, guess: Allowance) -> Result<(), Refusal> {
        let returned = self.accounts.return_allowance(&self.realm, &guess).await;
        returned.map_err(|error| Refusal::of(Doing::Read, error))
    }

    /// The old server, if an address is nobody's here: registrations, codes and resets are then its own. An address whose
    /// owner is here without a password is the gateway's for codes.
    async fn speaks_for(&self, email: &str, origin: &Origin) -> Result<Option<&Predecessor>, Refusal> {
        let refuse = |error| Refusal::of(Doing::Read, error);
        let Some(old) = &self.predecessor else { return Ok(None) };
        let name = LoginName::Email(email.to_owned());
        let judges = old.judges(&self.accounts, &self.realm, &name, origin).await.map_err(refuse)?;
        let is_free = self.accounts.is_email_free(&self.realm, email).await.map_err(refuse)?;
        Ok((judges && is_free).then_some(old))
    }

    /// After a password was set over there. If that fails the next login does it.
    async fn take_over_now(&self, old: &Predecessor, body: &Proven, origin: &Origin) -> Result<(), Refusal> {
        old.forget_refusals(&LoginName::Email(body.email.clone()));
        match self.settle(&body.email, &body.password, origin).await {
            Ok(_) | Err(Undecided::Away | Undecided::Puzzle | Undecided::Refused(_)) => Ok(()),
            Err(Undecided::Here(error)) => Err(Refusal::of(Doing::Read, error)),
        }
    }

    /// The old server's slider for an address whose logins it judges; `None`: ours is drawn.
    pub async fn slider_from_there(&self, email: &str, origin: &Origin) -> Result<Option<SliderCaptcha>, Refusal> {
        let refuse = |error| Refusal::of(Doing::Read, error);
        let Some(old) = self.asks_there(email, origin).await.map_err(refuse)? else { return Ok(None) };
        let target = format!("/api/v1/captcha/get?{}", query(&[("email", email)]));
        // Without it the client still gets a picture; what it is for will say that the old server is away.
        let Ok(reply) = old.ask(Request::get(target)).await else { return Ok(None) };
        let Ok(envelope) = Envelope::read(&reply) else { return Ok(None) };
        let captcha = envelope.data().get("slider_captcha");
        let picture = |name: &str| captcha.and_then(|captcha| captcha.get(name)).and_then(Json::as_str);
        let row = captcha.and_then(|captcha| captcha.get("y")).and_then(number).and_then(|y| u32::try_from(y).ok());
        let (Some(piece), Some(background), Some(y)) = (picture("slider_img"), picture("bg_img"), row) else {
            reply.nonsense("a slider without pictures");
            return Ok(None);
        };
        Ok(Some(SliderCaptcha { slider_img: piece.to_owned(), bg_img: background.to_owned(), y }))
    }

    /// Whether the old server's slider was answered rightly.
    pub async fn solves_there(&self, email: &str, x: i64) -> Result<bool, Refusal> {
        let refuse = |undecided: Undecided| Refusal::of(Doing::Read, undecided.as_account_error());
        let Some(old) = &self.predecessor else { return Ok(false) };
        let answer = json!({"email": email, "x": x});
        let reply = old.ask(post_json("/api/v1/captcha/validate", &answer)).await.map_err(refuse)?;
        Ok(Envelope::read(&reply).map_err(refuse)?.code == OK)
    }
}

/// Asks for what is either done or refused in one of the contract's own ways.
async fn told(old: &Predecessor, request: Request) -> Result<Told, Refusal> {
    let away = |undecided: Undecided| Refusal::of(Doing::Read, undecided.as_account_error());
    let reply = old.ask(request).await.map_err(away)?;
    let refusal = match Envelope::read(&reply).map_err(away)?.code {
        OK => return Ok(Told::Done),
        PUZZLE => Refusal::CAPTCHA_NEEDED,
        1000 => Refusal::NOT_CREATED,
        WRONG_CODE => Refusal::WRONG_CODE,
        UNAUTHORIZED => Refusal::UNAUTHORIZED,
        NO_SUCH_USER => Refusal::NO_SUCH_USER,
        6000 => Refusal::EMAIL_TAKEN,
        9010 => Refusal::MAIL_REFUSED,
        _ => return Err(away(reply.nonsense("it is neither done nor refused"))),
    };
    Ok(Told::Refused(refusal))
}

/// Logs in there; `None`: address or password is wrong.
pub async fn enter(
    old: &Predecessor,
    email: &str,
    password: &str,
    now: Timestamp,
) -> Result<Option<OldSession>, Undecided> {
    // The desktop's form sends the code of the other login as well.
    let credentials = json!({"email": email, "password": password, "code": ""});
    let reply = old.ask(post_json("/api/v1/user/login", &credentials)).await?;
    let envelope = Envelope::read(&reply)?;
    match envelope.code {
        OK => envelope.session(&reply, now).map(Some),
        PUZZLE => Err(Undecided::Puzzle),
        WRONG => Ok(None),
        _ => Err(reply.nonsense("a login is neither let in nor refused")),
    }
}

async fn log_in_there(old: &Predecessor, email: &str, password: &str, now: Timestamp) -> Result<Verdict, Undecided> {
    let Some(session) = enter(old, email, password, now).await? else { return Ok(Verdict::Wrong) };
    let account = profile_there(old, session.token(), email).await?;
    let password = ImportedPassword::Plain(Secret::new(password));
    let (key, account) = (account.id.unwrap_or_default().to_string(), ImportedAccount { password, ..account });
    Ok(Verdict::Proven(Box::new(ProvenAccount { key, account }), session))
}

/// Another access token of a session of the first generation (endpoint 9), whose refresh token goes on.
pub async fn renew(old: &Predecessor, refresh_token: &str, now: Timestamp) -> Result<Option<OldSession>, Undecided> {
    let reply = old.ask(Request::get("/api/v1/user/token/refresh").with("Authorization", refresh_token)).await?;
    let envelope = Envelope::read(&reply)?;
    let token = envelope.text("token").filter(|_| envelope.code == OK);
    Ok(token.map(|token| OldSession::renewable(token, refresh_token, now.plus(ACCESS_LIFE))))
}

/// What endpoint 10 shows of the owner of a token, who logged in with this address.
async fn profile_there(old: &Predecessor, token: &str, email: &str) -> Result<ImportedAccount, Undecided> {
    let reply = old.ask(own_info(token)).await?;
    let (account, shown_address) = profile(&reply, &Envelope::read(&reply)?)?;
    // It shows the address masked. The one typed is the stored one, but for letter case, or its database took an accent for
    // none: codes would go to somebody else then (one-domain.md E9).
    let address = email.trim_matches(' ');
    let is_it = |own: &str| own.eq_ignore_ascii_case(&shown_address);
    if !is_it(&masked(&address.to_ascii_lowercase())) && !is_it(address) {
        return Err(reply.nonsense("a profile with another address than the one that logged in"));
    }
    let email = Some(NewEmail { address: address.to_owned(), verified: true });
    Ok(ImportedAccount { email, ..account })
}

fn own_info(token: &str) -> Request {
    Request::get("/api/v1/user/info/get").with("Authorization", token)
}

/// What is shown of an account, without its address, and that address as it is shown: masked.
fn profile(reply: &Reply, envelope: &Envelope) -> Result<(ImportedAccount, String), Undecided> {
    let shown = envelope.data().get("user_info").filter(|_| envelope.code == OK);
    let member = |name: &str| shown.and_then(|shown| shown.get(name));
    let text = |name: &str| member(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let integer = |name: &str| member(name).and_then(number);
    let (Some(uid), Some(role)) = (integer("uid"), integer("role").and_then(WireRole::from_number)) else {
        return Err(reply.nonsense("a profile without uid or role"));
    };
    let facet = V1Facet {
        avatar: text("avatar"),
        spacecover: text("spacecover"),
        gender: integer("gender").unwrap_or_default(),
        birthday: millis(&text("birthday")),
        auditor: role == WireRole::Auditor,
    };
    let account = ImportedAccount {
        id: Some(uid),
        role: role.shared(),
        bio: Some(text("sign")),
        created_at: millis(&text("created_at")).map(Timestamp::from_millis),
        facet: Some((V1Facet::NAME, facet.encode().map_err(|_| reply.nonsense("a profile that cannot be kept"))?)),
        ..ImportedAccount::named(text("name"))
    };
    Ok((account, text("email")))
}

/// An instant as the old server writes it; the year 1 stands for none.
fn millis(text: &str) -> Option<i64> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    (!text.starts_with("0001-")).then(|| instant.as_millisecond())
}

/// An answer's `code`, `data` and `msg`.
struct Envelope {
    code: i64,
    object: JsonObject,
}

impl Envelope {
    fn read(reply: &Reply) -> Result<Self, Undecided> {
        let object = reply.object()?;
        let Some(code) = object.get("code").and_then(number) else {
            return Err(reply.nonsense("it is not in the site's envelope"));
        };
        // A handler that crashed answers so with status 200.
        if code == 500 {
            return Err(reply.nonsense("a fault of its own"));
        }
        Ok(Self { code, object })
    }

    fn data(&self) -> &Json {
        self.object.get("data").unwrap_or(&Json::Null)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.data().get(name)?.as_str()
    }

    /// What a login began, of either generation.
    fn session(&self, reply: &Reply, now: Timestamp) -> Result<OldSession, Undecided> {
        let token = |name: &str| self.text(name).filter(|token| !token.is_empty());
        match (token("token"), token("access_token"), token("refresh_token")) {
            (Some(token), _, _) | (None, Some(token), None) => Ok(OldSession::lasting(token)),
            (None, Some(access), Some(refresh)) => Ok(OldSession::renewable(access, refresh, now.plus(ACCESS_LIFE))),
            (None, None, _) => Err(reply.nonsense("a login without a token")),
        }
    }
}

fn number(value: &Json) -> Option<i64> {
    match value {
        Json::Number(text) => text.parse().ok(),
        Json::Null | Json::Bool(_) | Json::Text(_) | Json::BrokenText | Json::Array(_) | Json::Object(_) => None,
    }
}
