//! The `proxy` dialect: the Flask admin of a proxy pool, as `docs/contracts/proxy.md` describes it.
//!
//! `settings.rs` what an operator sets · `routes/` one file an area of the contract · `wire.rs` requests and answers ·
//! `auth.rs` the guard, `token.rs` its tokens, `verified.rs` those seen before · `upstream.rs` the old server behind us and `old_session.rs` its session of a login here · `error.rs` every refusal · `shape.rs` layout and CORS of every answer,
//! `header_names.rs` how header names are written.

pub mod address;
mod auth;
mod error;
mod field_roles;
mod header_names;
pub mod legacy;
mod member;
mod old_session;
mod page;
mod route_list;
mod routes;
mod settings;
mod shape;
mod testing;
mod token;
mod upstream;
mod verified;
mod wire;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    dev::ResponseHead,
    web::{self, ServiceConfig},
};
use dragoman_accounts::{Accounts, Realm};
use dragoman_dialect::{
    Declined, Dialect, DialectKind, FieldRole, HeaderNames, MountContext, MountSettings, Route, Testing, TokenSwap,
    predecessor::{Predecessor, Probe},
};
use jiff::tz::TimeZone;

use crate::verified::VerifiedTokens;

pub use settings::Settings;

/// The purpose under which the domain keeps this dialect's signing keys.
pub const SIGNING_KEYS: &str = "proxy tokens";

/// The dialect, for the server's registry.
pub struct Proxy;

impl DialectKind for Proxy {
    const NAME: &'static str = "proxy";
    const NAMESPACES: &'static [&'static str] = &["/"];
    const CASE_BLIND: bool = true;
    const FIELD_ROLES: &'static [FieldRole] = field_roles::FIELD_ROLES;
    const STATELESS_TOKENS: bool = true;
    const ROUTES: &'static [Route] = route_list::ROUTES;
    const PROBES: &'static [Probe] = upstream::PROBES;
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        settings.check()
    }

    fn mount(settings: Settings, context: MountContext) -> Result<Arc<dyn Dialect>, String> {
        let MountContext { accounts, realm, old_server, .. } = context;
        let predecessor = Predecessor::of(old_server, &accounts);
        let mount = Mount {
            accounts,
            realm,
            predecessor,
            verified: VerifiedTokens::default(),
            settings: MountSettings::new(settings),
        };
        Ok(Arc::new(ProxyDialect { mount: Arc::new(mount) }))
    }
}

/// What every request of a mount works with.
pub(crate) struct Mount {
    accounts: Accounts,
    realm: Realm,
    predecessor: Option<Predecessor>,
    verified: VerifiedTokens,
    settings: MountSettings<Settings>,
}

impl Mount {
    /// In which the wall clock of answers is read (one-domain.md E7).
    fn zone(&self) -> TimeZone {
        self.settings.get().time_zone.zone().clone()
    }
}

struct ProxyDialect {
    mount: Arc<Mount>,
}

impl Dialect for ProxyDialect {
    fn configure(&self, config: &mut ServiceConfig) {
        config.app_data(web::Data::from(Arc::clone(&self.mount)));
        routes::configure(config);
    }

    fn testing(&self) -> &dyn Testing {
        &*self.mount
    }

    fn refuse(&self, request: &HttpRequest, reason: Declined) -> HttpResponse {
        shape::refuse(&self.mount, request, reason)
    }

    fn token_swap(&self) -> Option<Arc<dyn TokenSwap>> {
        self.mount.predecessor.as_ref().map(|_| Arc::clone(&self.mount) as Arc<dyn TokenSwap>)
    }

    fn header_names(&self, answer: &ResponseHead) -> HeaderNames {
        header_names::of(answer)
    }
}
