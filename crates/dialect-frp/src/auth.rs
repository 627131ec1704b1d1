//! How this dialect's clients present themselves: a token in `Authorization`, bare or behind `Bearer` (section 2.2).

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{Method, header::AUTHORIZATION},
    web::{self, Data},
};
use dragoman_accounts::{Member, Origin};
use dragoman_dialect::{Facet, client_address, headers::header_text, network_of};
use futures_util::future::LocalBoxFuture;

use crate::{
    Mount,
    error::{Endpoint, Refusal},
    plan::Plan,
    wire::Fields,
};

/// A request to an endpoint that never looks at `Authorization`: the panel sends expired tokens with its login.
pub struct Anonymous {
    pub fields: Fields,
    pub origin: Origin,
}

/// A request with a live token. The checks of section 2.2 come before the body is read.
pub struct Authenticated {
    pub owner: Member,
    pub token: String,
    pub fields: Fields,
    pub origin: Origin,
}

/// A request with a live token whose `username` is its owner's (section 2.3).
pub struct Owner {
    pub member: Member,
    pub token: String,
    pub origin: Origin,
}

impl FromRequest for Anonymous {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { Ok(Self { fields: fields(&request, payload).await?, origin: origin(&request) }) })
    }
}

impl FromRequest for Authenticated {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let token = token(&request).ok_or(Refusal::NO_TOKEN)?;
            let mount = request.app_data::<Data<Mount>>().ok_or(Refusal::NOT_FOUND)?;
            let query = Fields::of_query(&request);
            let owner = mount.owner_or_adopted(&token, query.text("username")).await?;
            request.extensions_mut().insert(owner.account.number);
            Ok(Self { owner, token, fields: fields(&request, payload).await?, origin: origin(&request) })
        })
    }
}

impl FromRequest for Owner {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let authenticated = Authenticated::from_request(request, payload);
        Box::pin(async move {
            let Authenticated { owner, token, fields, origin } = authenticated.await?;
            let username = fields.text("username").ok_or(Refusal::NO_USERNAME)?;
            is_owner(&owner, username)?;
            Ok(Self { member: owner, token, origin })
        })
    }
}

/// Section 2.3: byte for byte, and the same answer whether or not there is another account of that name.
pub fn is_owner(owner: &Member, username: &str) -> Result<(), Refusal> {
    if owner.username == username { Ok(()) } else { Err(Refusal::NOT_THE_OWNER) }
}

impl Mount {
    /// Whose live token this is; one of the old server is adopted where the request names its owner.
    async fn owner_or_adopted(&self, token: &str, username: Option<&str>) -> Result<Member, Refusal> {
        match (self.owner_of(token).await, username) {
            (Err(refusal), Some(username)) if refusal == Refusal::BAD_TOKEN => {
                let adopted = self.adopts(token, username).await;
                match adopted.map_err(|error| Refusal::of(Endpoint::Token, error))? {
                    true => self.owner_of(token).await,
                    false => Err(refusal),
                }
            }
            (owner, _) => owner,
        }
    }

    /// Whose live token this is.
    pub async fn owner_of(&self, token: &str) -> Result<Member, Refusal> {
        let session = self.accounts.resolve_token(&self.realm, token, Plan::NAME).await;
        let session = session.map_err(|error| Refusal::of(Endpoint::Token, error))?;
        let member = session.filter(|session| !session.expired).and_then(|session| session.member);
        let member = member.ok_or(Refusal::BAD_TOKEN)?;
        // one-domain.md R5: the token lives on while the account is disabled.
        if member.account.locked { Err(Refusal::DISABLED) } else { Ok(member) }
    }
}

/// The presented token; `None` without one.
fn token(request: &HttpRequest) -> Option<String> {
    let value = header_text(request.headers(), AUTHORIZATION.as_str())?;
    let token = without_scheme(value.trim_ascii());
    (!token.is_empty()).then(|| token.to_owned())
}

/// Drops the word `Bearer`, whatever its case, if white space or nothing follows it.
fn without_scheme(value: &str) -> &str {
    const SCHEME: usize = "Bearer".len();
    match (value.get(..SCHEME), value.get(SCHEME..)) {
        (Some(scheme), Some(rest))
            if scheme.eq_ignore_ascii_case("Bearer")
                && rest.bytes().next().is_none_or(|byte| byte.is_ascii_whitespace()) =>
        {
            rest.trim_ascii()
        }
        _ => value,
    }
}

async fn fields(request: &HttpRequest, mut payload: Payload) -> Result<Fields, Refusal> {
    if request.method() != Method::POST {
        return Ok(Fields::of_query(request));
    }
    match web::Payload::from_request(request, &mut payload).into_inner() {
        Ok(payload) => Fields::of_body(request, payload).await,
        Err(_) => Ok(Fields::default()),
    }
}

fn origin(request: &HttpRequest) -> Origin {
    Origin { network: client_address(request).map(network_of) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_token() {
        for (value, token) in [
            ("abc", "abc"),
            ("Bearer abc", "abc"),
            ("bEARER \t abc", "abc"),
            ("Bearer", ""),
            ("bearer", ""),
            ("Bearerabc", "Bearerabc"),
            ("Bearer Bearer abc", "Bearer abc"),
            ("Beare", "Beare"),
            ("登录登录", "登录登录"),
            ("", ""),
        ] {
            assert_eq!(without_scheme(value), token, "{value}");
        }
    }
}
