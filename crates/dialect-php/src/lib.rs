//! The `php` dialect: a small PHP website whose pages log in with jQuery, as `docs/contracts/php.md` describes it.
//!
//! `settings.rs` what an operator sets · `routes/` one file an area of the contract · `wire.rs` the forms and the three
//! shapes of answers · `auth.rs` the session cookie · `challenge.rs` login token and captcha · `password.rs` the forms of
//! a password · `upstream.rs` the old server behind us `old_session.rs` its session of a login here, `adoption.rs` its own that go on here · `error.rs` every refusal ·
//! `shape.rs` headers and JSON of every answer, `header_names.rs` how header names are written.

mod adoption;
mod auth;
mod challenge;
mod error;
mod field_roles;
mod form;
mod header_names;
pub mod legacy;
mod mapping;
mod names;
mod old_session;
mod page_form;
mod password;
mod route_list;
mod routes;
mod settings;
mod shape;
mod suggest;
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
    Declined, Dialect, DialectKind, FieldRole, HeaderNames, MountContext, MountSettings, Route, Telling, Testing,
    TokenSwap,
    predecessor::{Predecessor, Probe},
};

pub use settings::{ContentType, DigestScheme, Folder, Settings};

/// Below each folder of the setting `mounts`, this is where the scripts are (2.1).
pub(crate) const SCRIPTS: &str = "/api/v1/users/";

/// The dialect, for the server's registry.
pub struct Php;

impl DialectKind for Php {
    const NAME: &'static str = "php";
    const NAMESPACES: &'static [&'static str] = &[SCRIPTS];
    // 3.1: a client that typed another case would send another digest anyway.
    const CASE_BLIND: bool = false;
    const FIELD_ROLES: &'static [FieldRole] = field_roles::FIELD_ROLES;
    const ROUTES: &'static [Route] = route_list::ROUTES;
    const PROBES: &'static [Probe] = upstream::PROBES;
    const TELLING: Telling = Telling::WithinSession;
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        settings.check()
    }

    /// Every new password is kept in the digests this mount accepts (3.4, one-domain.md P3, P4).
    fn prepare(settings: &Settings, accounts: &Accounts, realm: &Realm) {
        accounts.set_digest_views(realm, &settings.digest_views());
    }

    fn mount(settings: Settings, context: MountContext) -> Result<Arc<dyn Dialect>, String> {
        let MountContext { accounts, realm, reveals, old_server, .. } = context;
        let predecessor = Predecessor::of(old_server, &accounts);
        let mount = Mount { accounts, realm, reveals, predecessor, settings: MountSettings::new(settings) };
        Ok(Arc::new(PhpDialect { mount: Arc::new(mount) }))
    }
}

/// What every request of a mount works with.
pub(crate) struct Mount {
    accounts: Accounts,
    realm: Realm,
    reveals: bool,
    predecessor: Option<Predecessor>,
    settings: MountSettings<Settings>,
}

struct PhpDialect {
    mount: Arc<Mount>,
}

impl Dialect for PhpDialect {
    fn configure(&self, config: &mut ServiceConfig) {
        config.app_data(web::Data::from(Arc::clone(&self.mount)));
        routes::configure(config);
    }

    fn testing(&self) -> &dyn Testing {
        &*self.mount
    }

    fn refuse(&self, _request: &HttpRequest, reason: Declined) -> HttpResponse {
        shape::refuse(&self.mount.settings.get(), reason)
    }

    fn token_swap(&self) -> Option<Arc<dyn TokenSwap>> {
        self.mount.predecessor.as_ref().map(|_| Arc::clone(&self.mount) as Arc<dyn TokenSwap>)
    }

    fn header_names(&self, _answer: &ResponseHead) -> HeaderNames {
        header_names::ALL
    }

    fn serves(&self, path: &str) -> bool {
        path.starts_with(SCRIPTS) || self.claims(path)
    }

    fn claims(&self, path: &str) -> bool {
        self.mount.settings.get().is_below_a_mount(path)
    }
}
