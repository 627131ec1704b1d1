//! How this dialect's clients present themselves: a bare token in `Authorization` (section 2), and what is read after it.

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web};
use dragoman_accounts::{Member, Origin};
use dragoman_dialect::{Facet, client_address, network_of};
use futures_util::future::LocalBoxFuture;

use crate::{
    Mount,
    bind::{Bind, Members},
    error::{Doing, Refusal},
    member::{V1Facet, WireRole},
    session::{ACCESS, REFRESH, TOKEN},
};

/// Who asks, having at least the role with the number `ROLE`; extracting it is the guard.
pub struct Caller<const ROLE: u8> {
    pub member: Member,
    pub origin: Origin,
}

/// Anybody who has logged in.
pub const USER: u8 = WireRole::User as u8;
/// An administrator or a root.
pub const ADMINISTRATOR: u8 = WireRole::Administrator as u8;
/// A root.
pub const ROOT: u8 = WireRole::Root as u8;

/// A request with a body: who asks for what. The guard runs before the body is read.
pub struct Signed<const ROLE: u8, T> {
    pub caller: Caller<ROLE>,
    pub body: T,
}

/// A request with a body that needs no token; a wrong one does not matter (section 7.8).
pub struct Unsigned<T> {
    pub body: T,
    pub origin: Origin,
}

/// The owner of a refresh token, and the token.
pub struct Refresher {
    pub token: String,
}

impl<const ROLE: u8> FromRequest for Caller<ROLE> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { guard(&request).await })
    }
}

impl<const ROLE: u8, T: Bind> FromRequest for Signed<ROLE, T> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload).into_inner());
        Box::pin(async move {
            let caller = guard(&request).await?;
            Ok(Self { caller, body: bind(&request, payload).await? })
        })
    }
}

impl<T: Bind> FromRequest for Unsigned<T> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload).into_inner());
        Box::pin(async move { Ok(Self { body: bind(&request, payload).await?, origin: origin(&request) }) })
    }
}

impl FromRequest for Refresher {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (token, resolved) = resolve(&request).await?;
            match resolved {
                Resolved { purpose, expired: false, .. } if purpose == REFRESH => Ok(Self { token }),
                _ => Err(Refusal::UNAUTHORIZED),
            }
        })
    }
}

async fn bind<T: Bind>(request: &HttpRequest, payload: Result<web::Payload, actix_web::Error>) -> Result<T, Refusal> {
    let payload = payload.map_err(|_| Refusal::Unbound)?;
    T::bind(&Members::read(request, payload).await?)
}

/// From where a request comes.
pub fn origin(request: &HttpRequest) -> Origin {
    Origin { network: client_address(request).map(network_of) }
}

/// A token that leads to a live, unlocked account.
struct Resolved {
    purpose: String,
    expired: bool,
    member: Member,
}

/// One look-up a request: the role is read afresh each time. Revoked wins over expired (section 8): a session that was
/// ended is unknown, as is that of a deleted account (D8). A locked account is as good as none (one-domain.md R5).
async fn resolve(request: &HttpRequest) -> Result<(String, Resolved), Refusal> {
    let mount = request.app_data::<web::Data<Mount>>().ok_or(Refusal::FAULT)?;
    let token = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.filter(|token| !token.is_empty()).ok_or(Refusal::UNAUTHORIZED)?;
    let refuse = |error| Refusal::of(Doing::Read, error);
    let resolve = async || mount.accounts.resolve_token(&mount.realm, token, V1Facet::NAME).await.map_err(refuse);
    let mut session = resolve().await?;
    if session.is_none() && mount.adopts(token).await.map_err(refuse)? {
        session = resolve().await?;
    }
    let session = session.ok_or(Refusal::UNAUTHORIZED)?;
    let member = session.member.filter(|member| !member.account.locked).ok_or(Refusal::UNAUTHORIZED)?;
    Ok((token.to_owned(), Resolved { purpose: session.purpose, expired: session.expired, member }))
}

/// The checks of section 2, "Authentication", in its order.
async fn guard<const ROLE: u8>(request: &HttpRequest) -> Result<Caller<ROLE>, Refusal> {
    let (_, Resolved { purpose, expired, member }) = resolve(request).await?;
    match (purpose.as_str(), expired) {
        (ACCESS, true) => return Err(Refusal::TOKEN_EXPIRED),
        (ACCESS | TOKEN, false) => {}
        // D7: a refresh token is for endpoint 9 only.
        _ => return Err(Refusal::UNAUTHORIZED),
    }
    let mount = request.app_data::<web::Data<Mount>>().ok_or(Refusal::FAULT)?;
    if mount.role_of(&member).number() < ROLE {
        return Err(Refusal::UNAUTHORIZED);
    }
    request.extensions_mut().insert(member.account.number);
    Ok(Caller { member, origin: origin(request) })
}
