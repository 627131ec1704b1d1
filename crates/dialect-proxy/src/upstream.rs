//! The old pool's server, asked as its front end asks it (contract sections 2 and 3).

use std::time::Duration;

use dragoman_accounts::{
    AccountError, ImportedAccount, ImportedPassword, LoginName, Member, NewSession, NewToken, Origin, ProvenAccount,
    Role, SessionLimit,
};
use dragoman_dialect::{
    Facet,
    json::Json,
    predecessor::{Ask, Claim, OldSession, Predecessor, Probe, Reply, Request, Settled, Undecided, Verdict, post_json},
};
use dragoman_passwords::Secret;
use serde_json::json;

use crate::{
    Mount,
    error::{Endpoint, Refusal},
    member::ProxyFacet,
    token::{self, Claims},
};

/// Nobody who could be an account.
const NOBODY: &str = r#"{"username": "nobody-61c1f3", "password": "none"}"#;

/// What tells whether the old server speaks as its contract says; nothing of it leaves a trace. The first is
/// what `upstream status` asks, again and again.
pub const PROBES: &[Probe] = &[
    Probe { what: "a profile without a token", ask: Ask::Get("/about"), status: 401, shows: "error" },
    Probe { what: "a login of nobody", ask: Ask::Json("/login", NOBODY), status: 401, shows: "401 Unauthorized" },
    Probe { what: "a registration without fields", ask: Ask::Json("/regist", "{}"), status: 401, shows: "message" },
];

/// The purpose of adopted tokens of the old server; the gateway's own are signed, not stored.
const OLD_TOKENS: &str = "old tokens";

const LOCKED: &str = "账号已锁定";
const WRONG_PASSWORD: &str = "账号密码不存在";
const TAKEN: &str = "用户已经存在";
const PASSWORDS_DIFFER: &str = "密码不同";

impl Mount {
    /// The name to log in by here, after the old server was asked where it is the one to judge.
    pub async fn settle(&self, username: &str, password: &str, origin: &Origin) -> Result<Settled, AccountError> {
        let name = LoginName::Username(username.to_owned());
        let Some(old) = &self.predecessor else { return Ok(Settled::here(name)) };
        let claim = Claim { name, sent: password.as_bytes(), plain: Some(Secret::new(password)), origin };
        let settled = old.settle((&self.accounts, &self.realm), claim, || self.log_in_there(old, username, password));
        settled.await.map_err(Undecided::as_account_error)
    }

    /// Whose token of the old server this is: one that was adopted, or is now.
    pub async fn owner_of_old_token(&self, token: &str) -> Result<Option<Member>, Refusal> {
        let refuse = |error| Refusal::of(Endpoint::Read, error);
        let Some(old) = &self.predecessor else { return Ok(None) };
        if let Some(member) = self.adopted(token).await.map_err(refuse)? {
            return Ok(Some(member));
        }
        let adopted = old.adopt((&self.accounts, &self.realm), token, || self.owner_there(old, token)).await;
        if adopted.map_err(refuse)? { self.adopted(token).await.map_err(refuse) } else { Ok(None) }
    }

    /// Whose adopted token this is.
    pub async fn adopted(&self, token: &str) -> Result<Option<Member>, AccountError> {
        let session = self.accounts.resolve_token(&self.realm, token, ProxyFacet::NAME).await?;
        Ok(session.filter(|session| !session.expired).and_then(|session| session.member))
    }

    /// What a token of the old server says, whoever signed it.
    fn claims(&self, token: &str) -> Option<Claims> {
        let now = self.accounts.clock().now().seconds();
        token::read(token).filter(|claims| claims.have_begun(now))
    }

    async fn owner_there(&self, old: &Predecessor, token: &str) -> Result<Option<ProvenAccount>, Undecided> {
        let Some(id) = self.claims(token).and_then(|claims| claims.user_id) else { return Ok(None) };
        let reply = old.ask(Request::get("/about").with("Authorization", token)).await?;
        if reply.status() == 401 {
            return Ok(None);
        }
        let life = u64::try_from(self.settings.get().session_seconds).ok().map(Duration::from_secs);
        let tokens = vec![NewToken::new(OLD_TOKENS, token.to_owned(), life)];
        let session = Some(NewSession { tokens, limit: SessionLimit::None, replaces: None });
        let account = ImportedAccount { id: Some(id), session, ..profile(&reply)? };
        Ok(Some(ProvenAccount { key: id.to_string(), account }))
    }

    async fn log_in_there(&self, old: &Predecessor, username: &str, password: &str) -> Result<Verdict, Undecided> {
        let Some((token, reply)) = enter(old, username, password).await? else { return Ok(Verdict::Wrong) };
        let id = self.claims(&token).and_then(|claims| claims.user_id);
        let id = id.ok_or_else(|| reply.nonsense("the token names no account"))?;
        let about = old.ask(Request::get("/about").with("Authorization", &token)).await?;
        let profile = profile(&about)?;
        let password = ImportedPassword::Plain(Secret::new(password));
        let account = ImportedAccount { id: Some(id), password, ..profile };
        let proven = Box::new(ProvenAccount { key: id.to_string(), account });
        Ok(Verdict::Proven(proven, OldSession::lasting(token)))
    }

    /// Whether the old server has a name: it tells so before it looks at passwords that differ, and makes nothing of those.
    pub async fn is_taken_there(&self, username: &str) -> Result<bool, AccountError> {
        let Some(old) = &self.predecessor else { return Ok(false) };
        let fields = json!({"username": username, "password": "1", "password1": "2"});
        let reply = old.ask(post_json("/regist", &fields)).await.map_err(Undecided::as_account_error)?;
        match message(&reply).as_deref() {
            Some(TAKEN) => Ok(true),
            Some(PASSWORDS_DIFFER) => Ok(false),
            _ => Err(reply.nonsense("a registration with differing passwords").as_account_error()),
        }
    }
}

/// Logs in there; `None`: name or password is wrong.
pub async fn enter(old: &Predecessor, username: &str, password: &str) -> Result<Option<(String, Reply)>, Undecided> {
    let credentials = json!({"username": username, "password": password});
    let reply = old.ask(post_json("/login", &credentials)).await?;
    match (reply.status(), message(&reply)) {
        (200, _) => Ok(Some((token_of(&reply)?, reply))),
        (401, Some(message)) if message == WRONG_PASSWORD => Ok(None),
        (401, Some(message)) if message == LOCKED => {
            Err(Undecided::Refused(AccountError::Locked { password_right: false }))
        }
        // Row 3 has a page; that of a server in between asks for credentials of its own.
        (401, None) if is_own_page(&reply) => Ok(None),
        _ => Err(reply.nonsense("a login is neither let in nor refused")),
    }
}

/// What `/about` shows of the account that asks.
fn profile(reply: &Reply) -> Result<ImportedAccount, Undecided> {
    let answer = reply.object()?;
    let data = answer.get("data").filter(|_| reply.status() == 200);
    let text = |name: &str| data.and_then(|data| data.get(name)).and_then(Json::as_str);
    let (Some(username), Some(role)) = (text("username"), text("role")) else {
        return Err(reply.nonsense("a profile without name or role"));
    };
    let role = match role {
        "超级管理员" => Role::SuperAdministrator,
        "管理员" => Role::Administrator,
        "普通用户" => Role::User,
        _ => return Err(reply.nonsense("a profile with a role of no known name")),
    };
    let facet = text("avatar").map(|avatar| ProxyFacet { avatar: avatar.to_owned() }.encode()).transpose();
    let facet = facet.map_err(|_| reply.nonsense("an avatar that cannot be kept"))?;
    Ok(ImportedAccount {
        role,
        bio: text("description").map(str::to_owned),
        facet: facet.map(|body| (ProxyFacet::NAME, body)),
        ..ImportedAccount::named(username.to_owned())
    })
}

fn token_of(reply: &Reply) -> Result<String, Undecided> {
    let answer = reply.object()?;
    let token = answer.get("Authorization").and_then(Json::as_str);
    token.map(str::to_owned).ok_or_else(|| reply.nonsense("a login without a token"))
}

/// The `message` of a JSON answer.
fn message(reply: &Reply) -> Option<String> {
    if !reply.header("Content-Type")?.starts_with("application/json") {
        return None;
    }
    let answer = reply.object().ok()?;
    answer.get("message").and_then(Json::as_str).map(str::to_owned)
}

fn is_own_page(reply: &Reply) -> bool {
    reply.header("WWW-Authenticate").is_none()
        && String::from_utf8_lossy(reply.body()).contains("<title>401 Unauthorized</title>")
}
