//! One section a dialect, and the list `[[mounts]]` for further mounts.

use config::{Value, ValueKind};
use dragoman_dialect::{Registered, pictures::is_name};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{
    ConfigProblem, ShadowSettings, UpstreamSettings,
    reading::{Faults, Reading, json},
};
use crate::{
    mounting::ownership::{self, Claimant},
    retirement::{Retirement, RetirementKeys},
};

/// The section within a mount's section for its old server.
const UPSTREAM: &str = "upstream";

/// Which accounts a mount lets in (one-domain.md R11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Admits {
    /// Accounts of every dialect.
    Everywhere,
    /// Only accounts with a name in the mount's own scope.
    Own,
}

/// One place where a dialect answers.
#[derive(Clone)]
pub struct MountSettings {
    /// Whose registry line it is.
    pub dialect: Registered,
    /// `proxy` or `mounts[0]`: where in the configuration it stands.
    pub section: String,
    /// URL prefix, e.g. `/proxy`.
    pub prefix: String,
    /// Also answers on the old root paths.
    pub familiar_paths: bool,
    /// The only Host names for which it does; empty: all.
    pub hosts: Vec<String>,
    /// The scope of its names.
    pub scope: String,
    /// Which accounts it lets in.
    pub admits: Admits,
    /// The old server behind it.
    pub upstream: UpstreamSettings,
    /// What it says of its end.
    pub retirement: Retirement,
    /// The old server that some of its requests are put to as well.
    pub shadow: Option<ShadowSettings>,
    /// The dialect's own settings, checked against its type.
    pub own: Json,
}

/// The keys every mount has, beside the dialect's own.
#[derive(Clone, Serialize, Deserialize)]
struct Place {
    enabled: bool,
    prefix: String,
    familiar_paths: bool,
    hosts: Vec<String>,
    scope: String,
    admits: Admits,
    #[serde(flatten)]
    retirement: RetirementKeys,
    shadow: Option<ShadowSettings>,
}

impl Place {
    fn of(dialect: &Registered) -> Self {
        Self {
            enabled: true,
            prefix: format!("/{}", dialect.name),
            familiar_paths: true,
            hosts: Vec::new(),
            scope: dialect.name.to_owned(),
            admits: Admits::Everywhere,
            retirement: RetirementKeys::default(),
            shadow: None,
        }
    }

    fn check(&self, dialect: &Registered, faults: &mut Faults) {
        if !is_prefix(&self.prefix) {
            faults.add(
                "prefix",
                "must be a path such as `/proxy`: letters, digits, `-`, `.`, `_`, `~`, no `/` at its end",
            );
        } else if ownership::is_reserved(&self.prefix) {
            faults.add("prefix", "is one of the server's own paths");
        }
        if self.hosts.iter().any(|host| !is_host(host)) {
            faults.add("hosts", "must be host names in lower case without scheme, port or path");
        }
        if self.scope.is_empty() || self.scope.len() > 64 || self.scope.chars().any(char::is_control) {
            faults.add("scope", "must be a text of 1 to 64 bytes");
        } else if dialect.pictures.is_some() && !is_name(&self.scope) {
            let reason = "names a folder of pictures here, so it must be of letters, digits, `_`, `-` and `.`";
            faults.add("scope", reason);
        }
        if let Some(reason) = self.shadow.as_ref().and_then(ShadowSettings::fault) {
            faults.add("shadow", &reason);
        }
        if let Err((key, reason)) = self.retirement.read() {
            faults.add(key, &reason);
        }
    }
}

/// All keys of a dialect's section with their defaults.
pub(super) fn defaults(dialect: &Registered) -> Result<Map<String, Json>, ConfigProblem> {
    let unreadable = |reason: &str| ConfigProblem::General(format!("the defaults of `{}` {reason}", dialect.name));
    let place = serde_json::to_value(Place::of(dialect)).map_err(|error| unreadable(&error.to_string()))?;
    let own = (dialect.default_settings)().map_err(|error| unreadable(&error))?;
    let (Json::Object(mut keys), Json::Object(own)) = (place, own) else {
        return Err(unreadable("are not a table"));
    };
    let upstream = serde_json::to_value(UpstreamSettings::default()).map_err(|error| unreadable(&error.to_string()))?;
    for (key, value) in own.into_iter().chain([(UPSTREAM.to_owned(), upstream)]) {
        if keys.insert(key.clone(), value).is_some() {
            return Err(unreadable(&format!("hide the mount's own `{key}`")));
        }
    }
    Ok(keys)
}

/// Reads the dialects' sections and the list, leaves out what is disabled, and looks for mounts in each other's way.
pub(super) fn read(reading: &mut Reading, registry: &[Registered]) -> Vec<MountSettings> {
    let mut mounts = Vec::new();
    for dialect in registry {
        let given = reading.take(dialect.name);
        mounts.extend(read_one(reading, dialect, dialect.name.to_owned(), given));
    }
    for (index, given) in listed(reading).into_iter().enumerate() {
        let section = format!("mounts[{index}]");
        mounts.extend(read_listed(reading, registry, section, given));
    }
    let claimants: Vec<Claimant> = mounts.iter().map(claimant).collect();
    for conflict in ownership::conflicts(&claimants) {
        reading.problem(ConfigProblem::General(conflict));
    }
    mounts
}

/// The mount as the question "whose path is this" sees it.
pub(crate) fn claimant(mount: &MountSettings) -> Claimant<'_> {
    Claimant {
        section: &mount.section,
        prefix: &mount.prefix,
        namespaces: if mount.familiar_paths { mount.dialect.namespaces } else { &[] },
        hosts: &mount.hosts,
    }
}

fn listed(reading: &mut Reading) -> Vec<Value> {
    match reading.take("mounts") {
        None => Vec::new(),
        Some(Value { kind: ValueKind::Array(items), .. }) => items,
        Some(other) => {
            let origin = other.origin().unwrap_or("default").to_owned();
            let reason = "must be a list of tables `[[mounts]]` in the file".to_owned();
            reading.problem(ConfigProblem::Invalid { key: "mounts".to_owned(), reason, origin });
            Vec::new()
        }
    }
}

fn read_listed(
    reading: &mut Reading,
    registry: &[Registered],
    section: String,
    mut given: Value,
) -> Option<MountSettings> {
    let origin = given.origin().unwrap_or("[[mounts]]").to_owned();
    let (mut dialect, mut has_prefix) = (None, false);
    if let ValueKind::Table(table) = &mut given.kind {
        has_prefix = table.contains_key("prefix");
        dialect = table.remove("dialect");
    }
    if !has_prefix {
        let (key, reason) = (format!("{section}.prefix"), "must be given".to_owned());
        reading.problem(ConfigProblem::Invalid { key, reason, origin: origin.clone() });
    }
    let name = dialect.map(json);
    let registered = registry.iter().find(|dialect| name.as_ref().and_then(Json::as_str) == Some(dialect.name));
    let Some(registered) = registered else {
        let names: Vec<&str> = registry.iter().map(|dialect| dialect.name).collect();
        let (key, reason) = (format!("{section}.dialect"), format!("must be one of {}", names.join(", ")));
        reading.problem(ConfigProblem::Invalid { key, reason, origin });
        return None;
    };
    read_one(reading, registered, section, Some(given))
}

fn read_one(
    reading: &mut Reading,
    dialect: &Registered,
    section: String,
    mut given: Option<Value>,
) -> Option<MountSettings> {
    let mut defaults = reading.defaults(dialect.name)?.clone();
    let upstream = defaults.remove(UPSTREAM);
    let given_upstream = match &mut given {
        Some(Value { kind: ValueKind::Table(table), .. }) => table.remove(UPSTREAM),
        _ => None,
    };
    let mount = reading.table(&section, &defaults, given, |value| split(dialect, value));
    let upstream = read_upstream(reading, dialect, format!("{section}.{UPSTREAM}"), upstream?, given_upstream);
    let ((place, own), upstream) = (mount?, upstream?);
    reading.check(&section, |faults| place.check(dialect, faults));
    let Place { enabled, prefix, familiar_paths, hosts, scope, admits, retirement, shadow } = place;
    // What cannot be read has been told.
    let retirement = retirement.read().unwrap_or_default();
    let mount = MountSettings {
        dialect: *dialect,
        section,
        prefix,
        familiar_paths,
        hosts,
        scope,
        admits,
        upstream,
        retirement,
        shadow,
        own,
    };
    enabled.then_some(mount)
}

fn read_upstream(
    reading: &mut Reading,
    dialect: &Registered,
    section: String,
    defaults: Json,
    given: Option<Value>,
) -> Option<UpstreamSettings> {
    let parse = |value| serde_json::from_value::<UpstreamSettings>(value).map_err(|error| error.to_string());
    let upstream = reading.table(&section, defaults.as_object()?, given, parse)?;
    reading.check(&section, |faults| upstream.check(dialect.telling, faults));
    Some(upstream)
}

/// Separates the mount's keys from the dialect's, and has both checked.
fn split(dialect: &Registered, value: Json) -> Result<(Place, Json), String> {
    let place: Place = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    let own_keys = (dialect.default_settings)()?;
    let own: Map<String, Json> = match (own_keys, value) {
        (Json::Object(known), Json::Object(all)) => {
            all.into_iter().filter(|(key, _)| known.contains_key(key)).collect()
        }
        _ => Map::new(),
    };
    let own = Json::Object(own);
    (dialect.check_settings)(own.clone())?;
    Ok((place, own))
}

fn is_prefix(prefix: &str) -> bool {
    prefix.strip_prefix('/').is_some_and(|segments| {
        segments.split('/').all(|segment| {
            !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        })
    })
}

fn is_host(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._[:]".contains(&byte);
    let port = !host.starts_with('[') && host.contains(':');
    !host.is_empty() && !port && host.bytes().all(plain)
}
