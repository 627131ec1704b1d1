//! How this dialect's clients present themselves: a bare JWT in `Authorization` (section 1.3).

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web};
use dragoman_accounts::{Member, Origin};
use dragoman_dialect::{client_address, network_of};
use futures_util::future::LocalBoxFuture;

use crate::{
    Mount, SIGNING_KEYS,
    error::{Endpoint, Refusal},
    member::ProxyFacet,
    token::{self, Claims},
    wire::Fields,
};
use dragoman_dialect::Facet;

/// The key every copy of the old program signed with.
pub(crate) const LEGACY_KEY: &str = "ProxyPool";

/// The account that a request's token names; extracting it is the guard.
pub struct Caller {
    pub member: Member,
}

/// A request with a body: who asks for what, from where. The guard runs before the body is read.
pub struct Signed {
    pub caller: Member,
    pub fields: Fields,
    pub origin: Origin,
}

/// A request with a body that needs no token.
pub struct Unsigned {
    pub fields: Fields,
    pub origin: Origin,
}

impl FromRequest for Caller {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { guard(&request).await.map(|member| Self { member }) })
    }
}

impl FromRequest for Signed {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload).into_inner());
        Box::pin(async move {
            let caller = guard(&request).await?;
            let payload = payload.map_err(|_| Refusal::BAD_BODY)?;
            Ok(Self { caller, fields: Fields::read(&request, payload).await?, origin: origin(&request) })
        })
    }
}

impl FromRequest for Unsigned {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload).into_inner());
        Box::pin(async move {
            let payload = payload.map_err(|_| Refusal::BAD_BODY)?;
            Ok(Self { fields: Fields::read(&request, payload).await?, origin: origin(&request) })
        })
    }
}

/// From where a request comes.
pub fn origin(request: &HttpRequest) -> Origin {
    Origin { network: client_address(request).map(network_of) }
}

/// The guard of section 1.3, in its order.
async fn guard(request: &HttpRequest) -> Result<Member, Refusal> {
    let Some(mount) = request.app_data::<web::Data<Mount>>() else { return Err(Endpoint::Read.own_refusal()) };
    let token = match request.headers().get(header::AUTHORIZATION) {
        None => return Err(Refusal::NO_TOKEN),
        Some(value) if value.is_empty() => return Err(Refusal::NO_TOKEN),
        Some(value) => value.to_str().map_err(|_| Refusal::BAD_TOKEN)?,
    };
    let member = match mount.signed_claims(token).await {
        Ok(signed) => member_of(mount, signed).await?,
        Err(Refusal::BAD_TOKEN) => mount.owner_of_old_token(token).await?.ok_or(Refusal::BAD_TOKEN)?,
        // Whether it is ours is not known: it is asked about nowhere else.
        Err(refusal) => return Err(refusal),
    };
    request.extensions_mut().insert(member.account.number);
    Ok(member)
}

/// Whose token this is, of which the signature has been checked.
pub async fn member_of(mount: &Mount, signed: Option<Claims>) -> Result<Member, Refusal> {
    let now = mount.accounts.clock().now().seconds();
    let claims = signed.filter(|claims| claims.have_begun(now)).ok_or(Refusal::BAD_TOKEN)?;
    if claims.issued_at.is_some_and(|issued| now.saturating_sub(issued) > mount.settings.get().session_seconds) {
        return Err(Refusal::BAD_TOKEN);
    }
    let user_id = claims.user_id.ok_or(Refusal::NO_SUCH_USER)?;
    let found = mount.accounts.find_by_id(&mount.realm, user_id, ProxyFacet::NAME).await;
    let member = found.map_err(|error| Refusal::of(Endpoint::Read, error))?.ok_or(Refusal::NO_SUCH_USER)?;
    // one-domain.md R6: a password change elsewhere ended what was issued before.
    if member.account.tokens_not_before.is_some_and(|begin| claims.issued_at.is_none_or(|issued| issued < begin)) {
        return Err(Refusal::BAD_TOKEN);
    }
    Ok(member)
}

impl Mount {
    /// What a well-signed token says; `None` if a claim is refused.
    pub async fn signed_claims(&self, token: &str) -> Result<Option<Claims>, Refusal> {
        let settings = self.settings.get();
        if settings.accept_legacy_key
            && let Some(claims) = self.verified.read(token, LEGACY_KEY)
        {
            return Ok(claims);
        }
        let signed = match &settings.signing_key {
            Some(key) => self.claims_signed_with(token, key),
            None => self.claims_signed_with_kept_key(token).await?,
        };
        signed.ok_or(Refusal::BAD_TOKEN)
    }

    /// A rotation on another replica shows in the fresh keys; garbage does not ask for them.
    async fn claims_signed_with_kept_key(&self, token: &str) -> Result<Option<Option<Claims>>, Refusal> {
        let refuse = |error| Refusal::of(Endpoint::Read, error);
        let known = self.accounts.signing_keys(SIGNING_KEYS).await.map_err(refuse)?;
        let claims = known.all().find_map(|key| self.claims_signed_with(token, key));
        if claims.is_some() || token.matches('.').count() != 2 {
            return Ok(claims);
        }
        let fresh = self.accounts.fresh_signing_keys(SIGNING_KEYS).await.map_err(refuse)?;
        Ok(fresh.all().find_map(|key| self.claims_signed_with(token, key)))
    }

    fn claims_signed_with(&self, token: &str, secret: &str) -> Option<Option<Claims>> {
        self.verified.read(token, &token::key_for(secret, &self.realm.scope))
    }

    fn sign(&self, secret: &str, member: &Member, issued_at: i64) -> String {
        token::sign(&token::key_for(secret, &self.realm.scope), member.id, issued_at)
    }

    /// A token for an account that has just logged in. Two logins in one second give the same text, as of old.
    pub async fn issue_token(&self, member: &Member) -> Result<String, Refusal> {
        let now = self.accounts.clock().now().seconds();
        // Tokens of the second in which others were ended are refused, so this one is dated after it.
        let issued_at = member.account.tokens_not_before.map_or(now, |begin| begin.max(now));
        match &self.settings.get().signing_key {
            Some(key) => Ok(self.sign(key, member, issued_at)),
            None => {
                let keys = self.accounts.signing_keys(SIGNING_KEYS).await;
                let keys = keys.map_err(|error| Refusal::of(Endpoint::Login, error))?;
                Ok(self.sign(&keys.current, member, issued_at))
            }
        }
    }
}
