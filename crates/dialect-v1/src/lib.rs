//! The `v1` dialect: the account API of the video site "leaf", as `docs/contracts/v1.md` describes it, both token
//! generations at once.
//!
//! `settings.rs` what an operator sets · `routes/` one file an area of the contract · `bind.rs` how bodies and query strings
//! are read, `wire.rs` what is in them and in answers · `rules.rs`, `masking.rs`, `values.rs` the rules of section 2 ·
//! `auth.rs` the guard, `session.rs` its tokens · `upstream.rs` the old server behind us and `old_session.rs` its session of a login here · `states.rs` what is kept per address (section 3) · `error.rs` every
//! refusal · `shape.rs` envelope and CORS of every answer, `header_names.rs` how header names are written.

mod auth;
mod bind;
mod envelope;
mod error;
mod field_roles;
mod header_names;
pub mod legacy;
mod mail;
mod masking;
mod member;
mod old_session;
mod pictures;
mod route_list;
mod routes;
mod rules;
mod session;
mod settings;
mod shape;
mod states;
mod testing;
mod upstream;
mod values;
mod wire;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    dev::ResponseHead,
    http::header::HeaderValue,
    web::{self, ServiceConfig},
};
use dragoman_accounts::{Accounts, Member, Realm, Role, ThrottlePolicy};
use dragoman_dialect::{
    Declined, Dialect, DialectKind, FieldRole, HeaderNames, MountContext, MountSettings, PictureUse, Route, Telling,
    Testing, TokenSwap,
    mail::Mailer,
    pictures::PictureStore,
    predecessor::{Predecessor, Probe},
};

pub use settings::{Generation, Settings};

use member::{V1Facet, WireRole};
use pictures::PICTURES;

/// The dialect, for the server's registry.
pub struct V1;

impl DialectKind for V1 {
    const NAME: &'static str = "v1";
    const NAMESPACES: &'static [&'static str] = &["/api/v1/", "/api/image/"];
    const CASE_BLIND: bool = true;
    const FIELD_ROLES: &'static [FieldRole] = field_roles::FIELD_ROLES;
    const PICTURES: Option<PictureUse> = Some(PICTURES);
    const ROUTES: &'static [Route] = route_list::ROUTES;
    const PROBES: &'static [Probe] = upstream::PROBES;
    const TELLING: Telling = Telling::Never;
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        settings.check()
    }

    fn mount(settings: Settings, context: MountContext) -> Result<Arc<dyn Dialect>, String> {
        let MountContext { accounts, realm, mailer, pictures, old_server, .. } = context;
        let predecessor = Predecessor::of(old_server, &accounts);
        let pictures = pictures.scoped(&realm.scope).map_err(|_| {
            "scope: names a folder of pictures here, so it must be of letters, digits, `_`, `-` and `.`".to_owned()
        })?;
        // one-domain.md P8: three guesses a solved captcha are this dialect's limit for one address. A second one, of the
        // account and the network, would go on refusing the right password after the captcha; the others stay.
        let throttle = realm.throttle.map(|policy| ThrottlePolicy { per_account_and_network: 0, ..policy });
        let realm = Realm { throttle, ..realm };
        let mount = Mount { accounts, realm, mailer, pictures, predecessor, settings: MountSettings::new(settings) };
        Ok(Arc::new(V1Dialect { mount: Arc::new(mount) }))
    }
}

/// What every request of a mount works with.
pub(crate) struct Mount {
    accounts: Accounts,
    realm: Realm,
    mailer: Mailer,
    pictures: PictureStore,
    predecessor: Option<Predecessor>,
    settings: MountSettings<Settings>,
}

impl Mount {
    fn allow_origin(&self) -> HeaderValue {
        HeaderValue::from_str(&self.settings.get().allow_origin).unwrap_or(HeaderValue::from_static("*"))
    }

    fn facet_of(&self, member: &Member) -> V1Facet {
        V1Facet::of(member, self.settings.get().time_zone.zone())
    }

    /// The facet tells only users and auditors apart, so it is not read for the others.
    fn role_of(&self, member: &Member) -> WireRole {
        WireRole::of_account(member.account.role).unwrap_or_else(|| WireRole::of(Role::User, &self.facet_of(member)))
    }
}

struct V1Dialect {
    mount: Arc<Mount>,
}

impl Dialect for V1Dialect {
    fn configure(&self, config: &mut ServiceConfig) {
        config.app_data(web::Data::from(Arc::clone(&self.mount)));
        routes::configure(config);
    }

    fn testing(&self) -> &dyn Testing {
        &*self.mount
    }

    fn refuse(&self, _request: &HttpRequest, reason: Declined) -> HttpResponse {
        shape::refuse(&self.mount, reason)
    }

    fn token_swap(&self) -> Option<Arc<dyn TokenSwap>> {
        self.mount.predecessor.as_ref().map(|_| Arc::clone(&self.mount) as Arc<dyn TokenSwap>)
    }

    fn header_names(&self, answer: &ResponseHead) -> HeaderNames {
        header_names::of(answer)
    }
}
