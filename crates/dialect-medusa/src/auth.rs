//! How this dialect's clients present themselves: by a captcha (section 2.2), or by a token (section 2.3).

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web};
use dragoman_accounts::{Member, NewSession, NewToken, Origin, Session, SessionLimit};
use dragoman_dialect::{Facet, client_address, json::Json, network_of};
use futures_util::future::LocalBoxFuture;

use crate::{
    Mount, TOKENS,
    captcha::{CAPTCHAS, Captcha, RELAYED},
    error::{Endpoint, Refusal},
    member::{MedusaFacet, new_handle},
    wire::{Fields, database_text},
};

/// A request of endpoints 1 to 7: what is asked for, from where.
pub struct Call {
    pub fields: Fields,
    pub origin: Origin,
    request: HttpRequest,
}

impl FromRequest for Call {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload).into_inner());
        Box::pin(async move {
            let payload = payload.map_err(|_| Refusal::SEE_LOG)?;
            let fields = Fields::read(&request, payload).await?;
            Ok(Self { fields, origin: origin(&request), request })
        })
    }
}

impl Call {
    /// Tells the request log whose request it was.
    pub fn is_by(&self, member: &Member) {
        note_account(&self.request, member);
    }

    /// The captcha of the request; absent members and an answer that is no string come before everything else.
    pub fn captcha(&self) -> Result<CaptchaAnswer, Refusal> {
        let key = self.fields.present("verification_code_key")?.clone();
        Ok(CaptchaAnswer { key, text: self.fields.text("verification_code")?.to_lowercase() })
    }
}

/// From where a request came.
pub fn origin(request: &HttpRequest) -> Origin {
    Origin { network: client_address(request).map(network_of) }
}

/// Tells the request log whose request it was.
pub fn note_account(request: &HttpRequest, member: &Member) {
    request.extensions_mut().insert(member.account.number);
}

/// What was read from a captcha.
pub struct CaptchaAnswer {
    key: Json,
    text: String,
}

/// An account that presented its live token.
pub struct Holder {
    pub member: Member,
    pub token: String,
}

impl Mount {
    /// Uses a captcha up; from then on it is spent whatever becomes of the request (section 2.2). One of the old server is
    /// judged there.
    pub async fn spend(&self, captcha: CaptchaAnswer, endpoint: Endpoint) -> Result<Captcha, Refusal> {
        let CaptchaAnswer { key, text } = captcha;
        let key = match key {
            Json::Null => return Err(endpoint.no_captcha()),
            Json::Text(key) => key,
            Json::Bool(_) | Json::Number(_) | Json::BrokenText | Json::Array(_) | Json::Object(_) => {
                return Err(endpoint.wrong_captcha());
            }
        };
        let refuse = |error| Refusal::of(endpoint, error);
        if self.predecessor.is_some() {
            let relayed = self.accounts.peek_challenge(&self.realm, RELAYED, key.as_str()).await.map_err(refuse)?;
            if relayed.is_some() {
                return Ok(Captcha::There { key, text });
            }
        }
        self.accounts.answer_secret(&self.realm, CAPTCHAS, &key, &text).await.map_err(refuse)?;
        Ok(Captcha::Here)
    }

    /// The account that the member `token` of a request names.
    pub async fn holder(&self, call: &Call, endpoint: Endpoint) -> Result<Holder, Refusal> {
        let token = database_text(call.fields.present("token")?).ok_or(endpoint.unknown_token())?;
        let holder = self.holder_of(token, endpoint).await?;
        call.is_by(&holder.member);
        Ok(holder)
    }

    /// The account a token leads to. Tokens of locked accounts are unknown (one-domain.md R5 †).
    pub async fn holder_of(&self, token: String, endpoint: Endpoint) -> Result<Holder, Refusal> {
        let refuse = |error| Refusal::of(endpoint.look_up(), error);
        let resolve =
            async || self.accounts.resolve_token(&self.realm, &token, MedusaFacet::NAME).await.map_err(refuse);
        let mut session = resolve().await?;
        if session.is_none() && self.adopts(&token).await.map_err(refuse)? {
            session = resolve().await?;
        }
        let live = session.filter(|session| self.is_live(session)).and_then(|session| session.member);
        match live.filter(|member| !member.account.locked) {
            Some(member) => Ok(Holder { member, token }),
            None => Err(endpoint.unknown_token()),
        }
    }

    /// The age is counted when a token is used, so that a changed setting holds for tokens that are out already.
    pub fn is_live(&self, session: &Session) -> bool {
        let age = self.accounts.clock().now().seconds().saturating_sub(session.begun_at.seconds());
        let over_age = self.settings.get().token_max_age_seconds.is_some_and(|most| age > i64::from(most));
        session.purpose == TOKENS && !session.expired && !over_age
    }

    /// A session with a new token, which ends the one before (section 2.3).
    pub fn new_session(token: String) -> NewSession {
        NewSession { tokens: vec![NewToken::new(TOKENS, token, None)], limit: SessionLimit::One, replaces: None }
    }

    /// A token nobody has.
    pub fn new_token(&self) -> String {
        new_handle(self.accounts.randomness())
    }
}
