//! What a dialect crate offers the server, and what the server gives it.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, dev::ResponseHead, http::header::ContentType, web::ServiceConfig};
use dragoman_accounts::{Accounts, Realm};
use futures_util::future::LocalBoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    Declined, FieldRole, HeaderNames, OldServer, Route, Telling, TokenSwap, mail::Mailer, pictures::PictureStore,
    predecessor::Probe,
};

/// One mounted dialect: it answers under its prefix and, where the server allows, on its familiar paths.
///
/// The same value is configured once per worker and once per place where it answers, so all state lives behind it.
pub trait Dialect: Send + Sync {
    /// Adds the dialect's routes, its own shape for extractor errors, wrong methods and unknown paths to an actix scope.
    /// Paths are the old server's own, e.g. `/api/login/`; the scope supplies the prefix.
    fn configure(&self, config: &mut ServiceConfig);

    /// The part of the testing API that only the dialect can do.
    fn testing(&self) -> &dyn Testing;

    /// Whether a familiar path outside the dialect's namespaces is its own all the same: in a folder that its settings
    /// name (php 2.1). Such a folder goes before every namespace.
    fn claims(&self, _path: &str) -> bool {
        false
    }

    /// The answer to a request on one of its paths that no route gets to see, with the headers all its answers have. The
    /// method and path of `request` are as much as could be read of them.
    fn refuse(&self, _request: &HttpRequest, reason: Declined) -> HttpResponse {
        HttpResponse::build(reason.status()).content_type(ContentType::plaintext()).finish()
    }

    /// Whether the dialect answers a path itself that one of its routes has matched, other than one named [`crate::UNSERVED`]. What
    /// it does not, the old server behind the mount may be given.
    fn serves(&self, _path: &str) -> bool {
        true
    }

    /// How tokens are swapped on paths that the old server is given; `None`: they are not.
    fn token_swap(&self) -> Option<Arc<dyn TokenSwap>> {
        None
    }

    /// How the old server wrote the names of this answer's headers, and in which order (HTTP/1 only).
    fn header_names(&self, _answer: &ResponseHead) -> HeaderNames {
        HeaderNames::USUAL
    }
}

/// How a dialect sets a known state for `/_testing/reset` (fixtures.md section 2). Errors are plain reasons for a 422.
pub trait Testing {
    /// Puts the dialect's settings back to those of its start, then lays `overrides` over them.
    fn reset_settings(&self, overrides: &Map<String, Value>) -> Result<(), String>;

    /// Creates the accounts and rows of a `given`. The store is empty but for what other dialects seeded before.
    fn seed<'a>(
        &'a self,
        accounts: &'a [Value],
        rows: &'a Map<String, Value>,
    ) -> LocalBoxFuture<'a, Result<(), String>>;

    /// The answer of the slider that is pending for an address, in a dialect that has sliders (v1).
    fn pending_slider<'a>(&'a self, _address: &'a str) -> LocalBoxFuture<'a, Result<Option<i64>, String>> {
        Box::pin(async { Ok(None) })
    }
}

/// What a mount has to work with. Two mounts of one dialect differ in their realm.
#[derive(Clone)]
pub struct MountContext {
    /// The one account domain.
    pub accounts: Accounts,
    /// Whose names this mount sees.
    pub realm: Realm,
    /// How it sends mail.
    pub mailer: Mailer,
    /// Where pictures are kept; the dialect takes its own folder of it (`PictureStore::scoped`).
    pub pictures: PictureStore,
    /// Captcha answers may be shown (`--testing`, `--reveal-captchas`).
    pub reveals: bool,
    /// The live old server behind the mount, if there is one.
    pub old_server: Option<OldServer>,
}

/// Which pictures of a dialect are its clients' uploads, and which of them are in use.
#[derive(Debug, Clone, Copy)]
pub struct PictureUse {
    /// The facet that names them.
    pub facet: &'static str,
    /// Whether a name is one that the dialect gave an upload; what an operator put there is nobody's to remove.
    pub is_upload: fn(&str) -> bool,
    /// The names in a facet's body; `None`: it does not read.
    pub named_in: fn(&str) -> Option<Vec<String>>,
}

/// A dialect crate's constant facts and constructor; the server's registry holds one line for each.
pub trait DialectKind: 'static {
    /// The dialect's name in configuration, fixtures, logs and the audit.
    const NAME: &'static str;
    /// Path prefixes that belong to it on the familiar paths; the longest of all dialects decides.
    const NAMESPACES: &'static [&'static str];
    /// Whether its old database ignored letter case in names.
    const CASE_BLIND: bool;
    /// Whether its tokens are signed instead of stored.
    const STATELESS_TOKENS: bool = false;
    /// What its fields are for, for those who read recordings of it.
    const FIELD_ROLES: &'static [FieldRole] = &[];
    /// Its paths, as the contract lists them.
    const ROUTES: &'static [Route] = &[];
    /// The settings of its configuration section, beyond those every mount has.
    type Settings: Default + Serialize + DeserializeOwned;

    /// How its pictures are named, if it keeps any; they lie in a folder named for its scope.
    const PICTURES: Option<PictureUse> = None;

    /// By which an operator learns whether an old server speaks as its contract says.
    const PROBES: &'static [Probe] = &[];

    /// How an old server is told of a new password.
    const TELLING: Telling = Telling::ByItself;

    /// What no type can say of the settings, for every mount; the error is a sentence for the operator.
    ///
    /// # Errors
    /// It names the key.
    fn check(_settings: &Self::Settings) -> Result<(), String> {
        Ok(())
    }

    /// What only a testing server bears; the error is a sentence for the operator.
    ///
    /// # Errors
    /// It names the key.
    fn check_service(_settings: &Self::Settings) -> Result<(), String> {
        Ok(())
    }

    /// Tells the account domain what a mount needs of it. Also called where nothing is served: a password that an operator
    /// sets must be kept as one that a client sets.
    fn prepare(_settings: &Self::Settings, _accounts: &Accounts, _realm: &Realm) {}

    /// Makes a mount that has been prepared; the error is a sentence for the operator.
    fn mount(settings: Self::Settings, context: MountContext) -> Result<Arc<dyn Dialect>, String>;
}

/// A [`DialectKind`] as a value, so that a registry can be a list.
#[derive(Clone, Copy)]
pub struct Registered {
    /// See [`DialectKind::NAME`].
    pub name: &'static str,
    /// See [`DialectKind::NAMESPACES`].
    pub namespaces: &'static [&'static str],
    /// See [`DialectKind::CASE_BLIND`].
    pub case_blind: bool,
    /// See [`DialectKind::STATELESS_TOKENS`].
    pub stateless_tokens: bool,
    /// See [`DialectKind::FIELD_ROLES`].
    pub field_roles: &'static [FieldRole],
    /// See [`DialectKind::ROUTES`].
    pub routes: &'static [Route],
    /// The section's settings with their defaults; its members are the known keys.
    pub default_settings: fn() -> Result<Value, String>,
    /// See [`DialectKind::PICTURES`].
    pub pictures: Option<PictureUse>,
    /// See [`DialectKind::PROBES`].
    pub probes: &'static [Probe],
    /// See [`DialectKind::TELLING`].
    pub telling: Telling,
    /// Says what is wrong with settings, without making a mount ([`DialectKind::check`]).
    pub check_settings: fn(Value) -> Result<(), String>,
    /// See [`DialectKind::check_service`].
    pub check_service: fn(Value) -> Result<(), String>,
    /// Reads the settings and tells the account domain what a mount needs of it.
    pub prepare: fn(Value, &Accounts, &Realm) -> Result<(), String>,
    /// Reads the settings and makes a mount.
    pub mount: fn(Value, MountContext) -> Result<Arc<dyn Dialect>, String>,
}

impl Registered {
    /// The registry line for one dialect crate.
    pub const fn of<K: DialectKind>() -> Self {
        Self {
            name: K::NAME,
            namespaces: K::NAMESPACES,
            case_blind: K::CASE_BLIND,
            stateless_tokens: K::STATELESS_TOKENS,
            field_roles: K::FIELD_ROLES,
            routes: K::ROUTES,
            default_settings: || serde_json::to_value(K::Settings::default()).map_err(|error| error.to_string()),
            pictures: K::PICTURES,
            probes: K::PROBES,
            telling: K::TELLING,
            check_settings: |settings| K::check(&read::<K>(settings)?),
            check_service: |settings| K::check_service(&read::<K>(settings)?),
            prepare: |settings, accounts, realm| {
                K::prepare(&read::<K>(settings)?, accounts, realm);
                Ok(())
            },
            mount: |settings, context| {
                let settings = read::<K>(settings)?;
                K::check(&settings)?;
                if !context.reveals {
                    K::check_service(&settings)?;
                }
                K::mount(settings, context)
            },
        }
    }
}

fn read<K: DialectKind>(settings: Value) -> Result<K::Settings, String> {
    serde_json::from_value(settings).map_err(|error| error.to_string())
}
