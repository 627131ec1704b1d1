//! How this dialect's clients present themselves: the session cookie of PHP (2.7).

use std::time::Duration;

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{COOKIE, HeaderMap},
};
use dragoman_accounts::{AccountError, Allowance, Member, NewSession, NewToken, Origin, SessionLimit};
use dragoman_dialect::{client_address, network_of};

use crate::Mount;

const COOKIE_NAME: &str = "PHPSESSID";
/// Longest id that is looked up; ours have 32 characters, PHP's at most 256.
const ID_BYTES: usize = 256;
/// The purpose of session ids; `/_testing/expire` names it.
pub const SESSION_IDS: &str = "access_tokens";

/// A session the gateway knows, its life not over.
pub struct LiveSession {
    pub id: String,
    /// Who is logged in. Nobody, if the account was locked meanwhile (2.7, one-domain.md R5).
    pub member: Option<Member>,
}

/// A session that was there or has just begun.
pub struct Visit {
    pub id: String,
    /// For the browser, if the session has just begun.
    pub cookie: Option<String>,
}

pub fn origin(request: &HttpRequest) -> Origin {
    Origin { network: client_address(request).map(network_of) }
}

impl Mount {
    /// The session a request presents; its idle clock starts anew. What is not known counts as no cookie at all, and is
    /// never begun under its own name: PHP's default would be (session fixation).
    pub async fn session(&self, request: &HttpRequest) -> Result<Option<LiveSession>, AccountError> {
        let Some(id) = presented_id(request.headers()) else { return Ok(None) };
        let found = self.accounts.resolve_idle_token(&self.realm, id, self.idle_life(), "").await?;
        let Some(session) = found.filter(|session| !session.expired) else { return Ok(None) };
        let member = session.member.filter(|member| !member.account.locked);
        if let Some(member) = &member {
            request.extensions_mut().insert(member.account.number);
        }
        Ok(Some(LiveSession { id: id.to_owned(), member }))
    }

    /// As [`Mount::session`] for what only somebody who is logged in gets: one of the old server goes on here with its account.
    pub async fn session_or_old_one(&self, request: &HttpRequest) -> Result<Option<LiveSession>, AccountError> {
        let found = self.session(request).await?;
        match presented_id(request.headers()) {
            Some(id) if found.is_none() && self.adopts(id, request).await? => self.session(request).await,
            _ => Ok(found),
        }
    }

    /// The session a request presents, or a new one of a visitor who has not logged in. Errors: also `Throttled`.
    pub async fn visit(&self, request: &HttpRequest) -> Result<Visit, AccountError> {
        if let Some(LiveSession { id, .. }) = self.session(request).await? {
            return Ok(Visit { id, cookie: None });
        }
        self.allow_visit(request).await?;
        let (id, session) = self.new_session(None);
        self.accounts.begin_visit(&self.realm, session).await?;
        let cookie = self.set_cookie(request, &id);
        Ok(Visit { id, cookie: Some(cookie) })
    }

    /// one-domain.md P7: anonymous requests make rows, so many a minute from one network.
    async fn allow_visit(&self, request: &HttpRequest) -> Result<(), AccountError> {
        self.allow("visits", self.settings.get().visits_per_minute, request).await
    }

    /// Whose session it is over there is asked for as often as sessions may begin here.
    pub async fn allow_adoption(&self, request: &HttpRequest) -> Result<(), AccountError> {
        self.allow("adoptions", self.settings.get().visits_per_minute, request).await
    }

    /// Each captcha costs a picture and a write.
    pub async fn allow_captcha(&self, request: &HttpRequest) -> Result<(), AccountError> {
        self.allow("captchas", self.settings.get().captchas_per_minute, request).await
    }

    async fn allow(&self, purpose: &'static str, limit: u32, request: &HttpRequest) -> Result<(), AccountError> {
        if limit == 0 {
            return Ok(());
        }
        let allowances = Allowance::of_network(purpose, &origin(request), limit.into(), Duration::from_secs(60));
        match self.accounts.use_allowances(&self.realm, &allowances).await? {
            true => Ok(()),
            false => Err(AccountError::Throttled),
        }
    }

    /// A session to begin, with its id, perhaps in the place of another.
    pub fn new_session(&self, replaces: Option<String>) -> (String, NewSession) {
        let id = self.accounts.randomness().hex(16);
        (id.clone(), NewSession { replaces, ..self.session_with(id) })
    }

    /// A session to begin under an id.
    pub fn session_with(&self, id: String) -> NewSession {
        let token = NewToken::new(SESSION_IDS, id, Some(self.idle_life()));
        NewSession { tokens: vec![token], limit: SessionLimit::None, replaces: None }
    }

    /// Has the browser keep an id until it closes.
    pub fn set_cookie(&self, request: &HttpRequest, id: &str) -> String {
        format!("{COOKIE_NAME}={id}; path=/; HttpOnly; SameSite=Lax{}", self.secure(request))
    }

    /// Has the browser drop its id (section 6).
    pub fn drop_cookie(&self, request: &HttpRequest) -> String {
        let secure = self.secure(request);
        format!(
            "{COOKIE_NAME}=deleted; expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; path=/; HttpOnly; SameSite=Lax{secure}"
        )
    }

    fn secure(&self, request: &HttpRequest) -> &'static str {
        if request.app_config().secure() || self.settings.get().secure_cookie { "; Secure" } else { "" }
    }

    pub fn idle_life(&self) -> Duration {
        Duration::from_secs(self.settings.get().session_idle_seconds.into())
    }
}

/// The first session cookie of a request.
pub fn presented_id(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(COOKIE).flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let mut pairs = values.filter_map(|pair| std::str::from_utf8(pair.trim_ascii()).ok()?.split_once('='));
    let (_, id) = pairs.find(|(name, _)| *name == COOKIE_NAME)?;
    (!id.is_empty() && id.len() <= ID_BYTES).then_some(id)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_first_cookie_of_the_name_counts() {
        let id = |cookies: &[&str]| {
            let request =
                cookies.iter().fold(TestRequest::default(), |request, cookie| request.append_header((COOKIE, *cookie)));
            presented_id(request.to_http_request().headers()).map(str::to_owned)
        };
        assert_eq!(id(&["a=1; PHPSESSID=x; PHPSESSID=y"]).as_deref(), Some("x"));
        assert_eq!(id(&["a=1", "PHPSESSID=x;PHPSESSID=y"]).as_deref(), Some("x"));
        assert_eq!(id(&["phpsessid=z; PHPSESSID", "PHPSESSID=a=b"]).as_deref(), Some("a=b"));
        assert_eq!(id(&["PHPSESSID=; PHPSESSID=x"]), None);
        assert_eq!(id(&[&format!("PHPSESSID={}", "a".repeat(257))]), None);
        assert_eq!(id(&[]), None);
    }
}
