//! The `frp` dialect: the account API of LoCyanFrp, as `docs/contracts/frp.md` describes it.
//!
//! `settings.rs` what an operator sets · `routes/` one file an area of the contract · `wire.rs` requests and answers ·
//! `auth.rs` how clients present themselves · `error.rs` every refusal · `shape.rs` CORS of every answer, `header_names.rs` how
//! its header names are written · `plan.rs` what only
//! this dialect knows of an account · `upstream.rs` the old server behind us and `old_session.rs` its session of a login here.

mod auth;
mod envelope;
mod error;
mod field_roles;
mod header_names;
pub mod legacy;
mod old_session;
mod plan;
mod route_list;
mod routes;
mod settings;
mod shape;
mod testing;
mod upstream;
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
    mail::Mailer,
    predecessor::{Predecessor, Probe},
};

pub use plan::Plan;
pub use settings::{GroupLimits, Settings, Switch};

/// The dialect, for the server's registry.
pub struct Frp;

impl DialectKind for Frp {
    const NAME: &'static str = "frp";
    const NAMESPACES: &'static [&'static str] = &["/api/v2/"];
    const CASE_BLIND: bool = true;
    const FIELD_ROLES: &'static [FieldRole] = field_roles::FIELD_ROLES;
    const ROUTES: &'static [Route] = route_list::ROUTES;
    const PROBES: &'static [Probe] = upstream::PROBES;
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        settings.check()
    }

    fn mount(settings: Settings, context: MountContext) -> Result<Arc<dyn Dialect>, String> {
        let MountContext { accounts, realm, mailer, old_server, .. } = context;
        let predecessor = Predecessor::of(old_server, &accounts);
        let mount = Mount { accounts, realm, mailer, predecessor, settings: MountSettings::new(settings) };
        Ok(Arc::new(FrpDialect { mount: Arc::new(mount) }))
    }
}

/// What every request of a mount works with.
pub(crate) struct Mount {
    accounts: Accounts,
    /// With the throttle of the house, which counts wrong codes: see [`Mount::login_realm`].
    realm: Realm,
    mailer: Mailer,
    predecessor: Option<Predecessor>,
    settings: MountSettings<Settings>,
}

impl Mount {
    /// The realm with the limit of section 4.
    fn login_realm(&self) -> Realm {
        Realm { throttle: self.settings.get().login_policy(self.realm.throttle), ..self.realm.clone() }
    }
}

struct FrpDialect {
    mount: Arc<Mount>,
}

impl Dialect for FrpDialect {
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

    fn header_names(&self, _answer: &ResponseHead) -> HeaderNames {
        header_names::ALL
    }
}
