//! The `medusa` dialect: the user API of a vulnerability scanner, as `docs/contracts/medusa.md` describes it.
//!
//! `settings.rs` what an operator sets · `routes/` one file an area of the contract · `wire.rs` requests and answers ·
//! `auth.rs` captchas and tokens · `upstream.rs` the old server behind us and `old_session.rs` its session of a login here · `error.rs` every refusal · `shape.rs` the headers of every answer,
//! `header_names.rs` how their names are written.

mod auth;
mod captcha;
mod envelope;
mod error;
mod field_roles;
mod header_names;
pub mod legacy;
mod member;
mod old_session;
#[cfg(test)]
mod outage_tests;
mod pictures;
mod route_list;
mod routes;
mod secret;
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
    Declined, Dialect, DialectKind, FieldRole, HeaderNames, MountContext, MountSettings, PictureUse, Route, Testing,
    TokenSwap,
    pictures::{ADMIN, PictureStore},
    predecessor::{Predecessor, Probe},
};

use pictures::PICTURES;

pub use member::{DEFAULT_AVATAR, MedusaFacet};
pub use settings::Settings;

/// The purpose under which the domain keeps this dialect's tokens.
pub const TOKENS: &str = "access_tokens";

/// The dialect, for the server's registry.
pub struct Medusa;

impl DialectKind for Medusa {
    const NAME: &'static str = "medusa";
    const NAMESPACES: &'static [&'static str] = &["/api/", "/s/"];
    const CASE_BLIND: bool = false;
    const FIELD_ROLES: &'static [FieldRole] = field_roles::FIELD_ROLES;
    const PICTURES: Option<PictureUse> = Some(PICTURES);
    const ROUTES: &'static [Route] = route_list::ROUTES;
    const PROBES: &'static [Probe] = upstream::PROBES;
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        settings.check()
    }

    fn check_service(settings: &Settings) -> Result<(), String> {
        settings.check_secrets()
    }

    fn mount(settings: Settings, context: MountContext) -> Result<Arc<dyn Dialect>, String> {
        let MountContext { accounts, realm, reveals, pictures, old_server, .. } = context;
        let predecessor = Predecessor::of(old_server, &accounts);
        let pictures = pictures.scoped(&realm.scope).map_err(|_| {
            "scope: names a folder of pictures here, so it must be of letters, digits, `_`, `-` and `.`".to_owned()
        })?;
        let pictures = pictures.with_stand_ins(ADMIN);
        let mount = Mount { accounts, realm, pictures, reveals, predecessor, settings: MountSettings::new(settings) };
        Ok(Arc::new(MedusaDialect { mount: Arc::new(mount) }))
    }
}

/// What every request of a mount works with.
pub(crate) struct Mount {
    accounts: Accounts,
    realm: Realm,
    pictures: PictureStore,
    /// Captcha answers are shown.
    reveals: bool,
    predecessor: Option<Predecessor>,
    settings: MountSettings<Settings>,
}

struct MedusaDialect {
    mount: Arc<Mount>,
}

impl Dialect for MedusaDialect {
    fn configure(&self, config: &mut ServiceConfig) {
        config.app_data(web::Data::from(Arc::clone(&self.mount)));
        routes::configure(config);
    }

    fn testing(&self) -> &dyn Testing {
        &*self.mount
    }

    fn refuse(&self, request: &HttpRequest, reason: Declined) -> HttpResponse {
        shape::refuse(request, reason)
    }

    fn token_swap(&self) -> Option<Arc<dyn TokenSwap>> {
        self.mount.predecessor.as_ref().map(|_| Arc::clone(&self.mount) as Arc<dyn TokenSwap>)
    }

    fn header_names(&self, answer: &ResponseHead) -> HeaderNames {
        header_names::of(answer)
    }
}
