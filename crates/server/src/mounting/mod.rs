//! Where each dialect answers: under its prefix, and on the familiar paths that are its own.

pub mod ownership;
mod refusal;

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    dev::{RequestHead, Url},
    guard::{Guard, GuardContext},
    http::header::{self, ContentType},
    web::{self, ServiceConfig},
};
use dragoman_accounts::{Accounts, Admission, NameMatching, Realm, ThrottlePolicy};
use dragoman_dialect::{
    Dialect, MountContext, OldServer, Registered, UpstreamMode, mail::Mailer, pictures::PictureStore,
};

use dragoman_upstream::Upstream;

use crate::{
    calls::MountRoutes,
    config::{Admits, MountSettings, claimant},
    retirement::Retirement,
};
use ownership::{Claimant, Ownership};

/// A mounted dialect with what the operator is told about it.
pub struct Mount {
    /// The dialect's name.
    pub name: &'static str,
    /// Its URL prefix.
    pub prefix: String,
    /// Its namespaces on the familiar paths; empty when it answers under the prefix only.
    pub namespaces: &'static [&'static str],
    /// The only hosts for its familiar paths; empty: all.
    pub hosts: Vec<String>,
    /// The scope of its names.
    pub scope: String,
    /// The old server behind it.
    pub old_server: Option<OldServer>,
    /// The old server that is given the paths the dialect does not serve.
    pub passes_to: Option<Upstream>,
    /// What its paths are.
    pub(crate) routes: MountRoutes,
    /// What it says of its end.
    pub retirement: Arc<Retirement>,
    /// The dialect itself.
    pub dialect: Arc<dyn Dialect>,
}

impl Mount {
    /// By which metrics know it: its prefix without the slash.
    pub fn metrics_name(&self) -> &str {
        self.prefix.trim_start_matches('/')
    }
}

/// What holds for every mount alike.
#[derive(Clone)]
pub struct HouseRules {
    /// How failed logins are limited.
    pub throttle: ThrottlePolicy,
    /// How mail is sent.
    pub mailer: Mailer,
    /// Where pictures are kept.
    pub pictures: PictureStore,
    /// Captcha answers may be shown.
    pub reveals: bool,
}

/// All mounts of a server. Cloned for each worker.
#[derive(Clone)]
pub struct Mounts {
    list: Arc<[Mount]>,
    ownership: Arc<Ownership>,
    has_brownouts: bool,
}

/// In the scope's application data: which dialect answers, for the request log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DialectName(pub &'static str);

/// In the scope's application data: the mount that answers, by its prefix without the slash, for metrics.
#[derive(Debug, Clone)]
pub(crate) struct MountName(pub Arc<str>);

/// In the scope's application data, where a mount says something of its end.
#[derive(Clone)]
pub(crate) struct Retiring(pub Arc<Retirement>);

/// In the scope's application data: the dialect that answers, for what is asked of it once it has.
#[derive(Clone)]
pub(crate) struct Answering(pub Arc<dyn Dialect>);

impl Mounts {
    /// Makes every mount; the error is a sentence for the operator.
    pub fn new(settings: &[MountSettings], accounts: &Accounts, rules: &HouseRules) -> Result<Self, String> {
        let list: Arc<[Mount]> =
            settings.iter().map(|settings| mount(settings, accounts, rules)).collect::<Result<_, _>>()?;
        let claimants: Vec<Claimant> = settings.iter().map(claimant).collect();
        let has_brownouts = list.iter().any(|mount| mount.retirement.has_brownouts());
        Ok(Self { list, ownership: Arc::new(Ownership::new(&claimants)), has_brownouts })
    }

    /// The mounts in the order of the configuration.
    pub fn list(&self) -> &[Mount] {
        &self.list
    }

    /// Whether one of them gives paths to an old server.
    pub fn pass(&self) -> bool {
        self.list.iter().any(|mount| mount.passes_to.is_some())
    }

    /// Adds a scope for each prefix, then one for each mount on the familiar paths. Prefixes come first and longest
    /// first: a prefix is always a path of its own inside somebody's namespace.
    pub fn configure(&self, config: &mut ServiceConfig) {
        let mut by_prefix: Vec<&Mount> = self.list.iter().collect();
        by_prefix.sort_by_key(|mount| std::cmp::Reverse(mount.prefix.len()));
        for mount in by_prefix {
            config.service(scope(&mount.prefix, mount));
        }
        for (index, mount) in self.list.iter().enumerate().filter(|(_, mount)| !mount.namespaces.is_empty()) {
            let owned = OwnedBy { mount: index, mounts: self.clone() };
            config.service(scope("", mount).guard(owned));
        }
    }

    fn owner_of(&self, head: &RequestHead) -> Option<usize> {
        let path = head.uri.path();
        if path.contains('%') {
            // The router matches the decoded path; so must the owner be found.
            self.owner(Url::new(head.uri.clone()).path(), host(head))
        } else {
            self.owner(path, host(head))
        }
    }

    /// The mount that decides about a decoded familiar path. A folder that a dialect's settings name goes before every
    /// namespace, a named host before all hosts; what is in nobody's namespace is the only dialect's, if there is only one.
    pub(crate) fn owner(&self, path: &str, host: Option<&str>) -> Option<usize> {
        let claims = |mount: &Mount| {
            !mount.namespaces.is_empty() && mount.dialect.claims(path) && ownership::answers_for(&mount.hosts, host)
        };
        let claimants = self.list.iter().enumerate().filter(|(_, mount)| claims(mount));
        match claimants.min_by_key(|(_, mount)| mount.hosts.is_empty()) {
            Some((index, _)) => Some(index),
            None => self.ownership.owner(path, host).or_else(|| self.only_one_for(host)),
        }
    }

    /// The mount that alone answers on the familiar paths of a host: an old server had its host to itself, so there an unknown
    /// path, the root or a preflight is answered as that server did.
    fn only_one_for(&self, host: Option<&str>) -> Option<usize> {
        let mut answering = self
            .list
            .iter()
            .enumerate()
            .filter(|(_, mount)| !mount.namespaces.is_empty() && ownership::answers_for(&mount.hosts, host));
        let (index, _) = answering.next()?;
        answering.next().is_none().then_some(index)
    }
}

/// What a path outside any mount gets.
pub async fn no_mount() -> HttpResponse {
    HttpResponse::NotFound().content_type(ContentType::plaintext()).body("404 not found\n")
}

/// Has every mount tell the account domain what it needs, without serving; the error is a sentence for the operator.
pub fn prepare(settings: &[MountSettings], accounts: &Accounts) -> Result<(), String> {
    settings.iter().try_for_each(|settings| prepare_one(settings, accounts, &realm(settings, None)))
}

/// The realm of a dialect's scope, and whether a mount has it.
pub fn realm_of_scope(settings: &[MountSettings], dialect: &Registered, scope: &str) -> (Realm, bool) {
    match settings.iter().find(|mount| mount.dialect.name == dialect.name && mount.scope == scope) {
        Some(mount) => (realm(mount, None), true),
        None => {
            let realm = Realm {
                dialect: dialect.name,
                scope: scope.into(),
                names: matching(dialect),
                admits: Admission::Everywhere,
                stateless_tokens: dialect.stateless_tokens,
                throttle: None,
            };
            (realm, false)
        }
    }
}

fn matching(dialect: &Registered) -> NameMatching {
    if dialect.case_blind { NameMatching::CaseBlind } else { NameMatching::Exact }
}

fn prepare_one(settings: &MountSettings, accounts: &Accounts, realm: &Realm) -> Result<(), String> {
    let MountSettings { dialect, own, section, .. } = settings;
    (dialect.prepare)(own.clone(), accounts, realm).map_err(|reason| format!("[{section}]: {reason}"))
}

fn realm(settings: &MountSettings, throttle: Option<ThrottlePolicy>) -> Realm {
    let MountSettings { dialect, scope, admits, .. } = settings;
    Realm {
        dialect: dialect.name,
        scope: scope.as_str().into(),
        names: matching(dialect),
        admits: match admits {
            Admits::Everywhere => Admission::Everywhere,
            Admits::Own => Admission::Own,
        },
        stateless_tokens: dialect.stateless_tokens,
        throttle,
    }
}

/// The client of the old server behind a mount.
fn old_server(settings: &MountSettings) -> Result<Option<OldServer>, String> {
    let MountSettings { upstream, section, .. } = settings;
    let Some(options) = upstream.options() else { return Ok(None) };
    let client = Upstream::open(&options).map_err(|error| format!("[{section}.upstream]: {error}"))?;
    let (passes, password_changes) = (upstream.pass_through, upstream.password_changes);
    Ok(Some(OldServer { client, mode: upstream.mode, passes, password_changes }))
}

fn mount(settings: &MountSettings, accounts: &Accounts, rules: &HouseRules) -> Result<Mount, String> {
    let MountSettings { dialect, prefix, familiar_paths, hosts, scope, retirement, own, section, upstream, .. } =
        settings;
    let realm = realm(settings, Some(rules.throttle));
    prepare_one(settings, accounts, &realm)?;
    let old_server = old_server(settings)?;
    let context = MountContext {
        accounts: accounts.clone(),
        realm,
        mailer: rules.mailer.clone(),
        pictures: rules.pictures.clone(),
        reveals: rules.reveals,
        old_server: old_server.clone().filter(|old| old.mode != UpstreamMode::Off),
    };
    let mounted = (dialect.mount)(own.clone(), context).map_err(|reason| format!("[{section}]: {reason}"))?;
    Ok(Mount {
        name: dialect.name,
        prefix: prefix.clone(),
        namespaces: if *familiar_paths { dialect.namespaces } else { &[] },
        hosts: hosts.clone(),
        scope: scope.clone(),
        passes_to: old_server.clone().map(|old| old.client).filter(|_| upstream.pass_through),
        old_server,
        routes: MountRoutes { prefix: prefix.as_str().into(), routes: dialect.routes },
        retirement: Arc::new(retirement.clone()),
        dialect: mounted,
    })
}

fn scope(prefix: &str, mount: &Mount) -> actix_web::Scope {
    let scope = web::scope(prefix)
        .app_data(DialectName(mount.name))
        .app_data(MountName(mount.metrics_name().into()))
        .app_data(mount.routes.clone())
        .app_data(Answering(Arc::clone(&mount.dialect)));
    let scope =
        if mount.retirement.is_silent() { scope } else { scope.app_data(Retiring(Arc::clone(&mount.retirement))) };
    scope.configure(|config| mount.dialect.configure(config))
}

/// Lets a familiar request through to the mount that owns its path.
struct OwnedBy {
    mount: usize,
    mounts: Mounts,
}

impl Guard for OwnedBy {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        self.mounts.owner_of(context.head()) == Some(self.mount)
    }
}

fn host(head: &RequestHead) -> Option<&str> {
    head.uri.host().or_else(|| head.headers.get(header::HOST)?.to_str().ok())
}
