//! From the merged sources to typed sections: unknown keys, wrong types and bad values, each told by key and origin.

use std::fmt::Display;
use std::ops::RangeInclusive;

use config::{Map, Value, ValueKind};
use serde::de::DeserializeOwned;
use serde_json::{Map as JsonMap, Value as Json};

use super::{ConfigProblem, ConfigProblems, known_keys::Schema, secrets::masked};

/// One value with the place it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// `server`, `proxy`, `mounts[0]`.
    pub section: String,
    /// The key inside the section.
    pub key: String,
    /// The value, secrets included.
    pub value: Json,
    /// `default`, a file, `environment variable X` or `command line --x`.
    pub origin: String,
}

/// The work of reading, section by section; it collects problems instead of stopping at the first.
pub(super) struct Reading<'a> {
    schema: &'a Schema,
    given: Map<String, Value>,
    entries: Vec<Entry>,
    problems: Vec<ConfigProblem>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(schema: &'a Schema, given: Map<String, Value>) -> Self {
        Self { schema, given, entries: Vec::new(), problems: Vec::new() }
    }

    pub(super) fn problem(&mut self, problem: ConfigProblem) {
        self.problems.push(problem);
    }

    /// Sections (and keys outside any section) that nobody reads.
    pub(super) fn refuse_unknown_sections(&mut self) {
        let mut names: Vec<&String> = self.given.keys().collect();
        names.retain(|name| !self.schema.contains_key(*name) && *name != "mounts");
        names.sort();
        for name in names {
            let Some(value) = self.given.get(name) else { continue };
            for (key, origin) in leaves(name, value) {
                let nearest = self.misplaced(name, &key);
                self.problems.push(ConfigProblem::UnknownKey { key, origin, nearest });
            }
        }
    }

    /// What a key of an unknown section may have meant: the like key of the like section; without a section, the section
    /// that has such a key.
    fn misplaced(&self, section: &str, key: &str) -> Option<String> {
        if let Some(key) = key.strip_prefix(section).and_then(|rest| rest.strip_prefix('.')) {
            let section = nearest(section, self.schema.keys().map(String::as_str).chain(["mounts"]))?;
            let known = self.schema.get(section).and_then(Json::as_object).into_iter().flat_map(JsonMap::keys);
            let near = nearest(key, known.map(String::as_str));
            return Some(format!("{section}.{}", near.unwrap_or(key)));
        }
        let holder = self.schema.iter().find(|(_, keys)| keys.get(key).is_some());
        let section = nearest(section, self.schema.keys().map(String::as_str).chain(["mounts"]));
        holder.map(|(section, _)| format!("{section}.{key}")).or(section.map(str::to_owned))
    }

    /// One of the house's own sections. `None` after a problem.
    pub(super) fn section<T: DeserializeOwned>(&mut self, name: &str, check: fn(&T, &mut Faults)) -> Option<T> {
        let given = self.take(name);
        let schema = self.schema;
        let defaults = schema.get(name)?.as_object()?;
        let value = self.table(name, defaults, given, |value| {
            serde_json::from_value::<T>(value).map_err(|error| error.to_string())
        })?;
        self.check(name, |faults| check(&value, faults));
        Some(value)
    }

    /// Takes a given section or list out of the sources.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.given.remove(name)
    }

    /// Known keys and defaults of a dialect's section.
    pub(super) fn defaults(&self, name: &str) -> Option<&'a JsonMap<String, Json>> {
        self.schema.get(name)?.as_object()
    }

    /// Reads one table: `defaults` holds all known keys.
    pub(super) fn table<T>(
        &mut self,
        section: &str,
        defaults: &JsonMap<String, Json>,
        given: Option<Value>,
        parse: impl Fn(Json) -> Result<T, String>,
    ) -> Option<T> {
        let before = self.problems.len();
        let mut given = self.as_table(section, given);
        let mut values = JsonMap::new();
        for (key, default) in defaults {
            let (value, origin) = match given.remove(key) {
                None => (default.clone(), "default".to_owned()),
                Some(value) => {
                    let origin = value.origin().unwrap_or("default").to_owned();
                    let value = or_none(default, json(value));
                    (self.fitting(section, key, defaults, value, &origin, &parse), origin)
                }
            };
            values.insert(key.clone(), value.clone());
            self.entries.push(Entry { section: section.to_owned(), key: key.clone(), value, origin });
        }
        self.refuse_unknown_keys(section, defaults, &given);
        if self.problems.len() > before {
            return None;
        }
        let parsed = parse(Json::Object(values));
        parsed.map_err(|reason| self.problems.push(ConfigProblem::General(format!("[{section}]: {reason}")))).ok()
    }

    /// Lets `check` look for values that are well typed and yet cannot be.
    pub(super) fn check(&mut self, section: &str, check: impl FnOnce(&mut Faults)) {
        let mut faults = Faults::default();
        check(&mut faults);
        for (key, reason) in faults.0 {
            let entry = self.entries.iter().find(|entry| entry.section == section && entry.key == key);
            let origin = entry.map_or_else(|| "default".to_owned(), |entry| entry.origin.clone());
            self.problems.push(ConfigProblem::Invalid { key: format!("{section}.{key}"), reason, origin });
        }
    }

    /// All entries, if there was no problem.
    pub(super) fn finish(self) -> Result<Vec<Entry>, ConfigProblems> {
        if self.problems.is_empty() { Ok(self.entries) } else { Err(ConfigProblems(self.problems)) }
    }

    fn as_table(&mut self, section: &str, given: Option<Value>) -> Map<String, Value> {
        match given {
            None => Map::new(),
            Some(Value { kind: ValueKind::Table(table), .. }) => table,
            Some(other) => {
                let origin = other.origin().unwrap_or("default").to_owned();
                let reason = "must be a section with keys".to_owned();
                self.problems.push(ConfigProblem::Invalid { key: section.to_owned(), reason, origin });
                Map::new()
            }
        }
    }

    /// The value if the section can be read with it over the defaults. A key whose default is null takes any type, so
    /// a text (from the environment) may have to be read as a number or boolean there.
    fn fitting<T>(
        &mut self,
        section: &str,
        key: &str,
        defaults: &JsonMap<String, Json>,
        value: Json,
        origin: &str,
        parse: &impl Fn(Json) -> Result<T, String>,
    ) -> Json {
        let try_with = |value: &Json| {
            let mut alone = defaults.clone();
            alone.insert(key.to_owned(), value.clone());
            parse(Json::Object(alone)).map(drop)
        };
        let Err(error) = try_with(&value) else { return value };
        if let (Json::String(text), Some(Json::Null)) = (&value, defaults.get(key))
            && let Ok(literal) = serde_json::from_str::<Json>(text)
            && try_with(&literal).is_ok()
        {
            return literal;
        }
        let shown = masked(key, &value);
        let reason = match defaults.get(key).and_then(expected) {
            Some(expected) if !same_type(defaults.get(key), &value) => format!("must be {expected}, but is {shown}"),
            // serde's text repeats the value, which may be a secret.
            _ if shown != value => "is not of the right type".to_owned(),
            _ => format!("cannot be {shown}: {error}"),
        };
        let key = format!("{section}.{key}");
        self.problems.push(ConfigProblem::Invalid { key, reason, origin: origin.to_owned() });
        value
    }

    fn refuse_unknown_keys(&mut self, section: &str, defaults: &JsonMap<String, Json>, rest: &Map<String, Value>) {
        let mut rest: Vec<(&String, &Value)> = rest.iter().collect();
        rest.sort_by_key(|(key, _)| *key);
        for (key, value) in rest {
            let nearest = nearest(key, defaults.keys().map(String::as_str)).map(|near| format!("{section}.{near}"));
            for (key, origin) in leaves(&format!("{section}.{key}"), value) {
                self.problems.push(ConfigProblem::UnknownKey { key, origin, nearest: nearest.clone() });
            }
        }
    }
}

/// What a section's own check found: (key, clause).
#[derive(Default)]
pub(super) struct Faults(Vec<(&'static str, String)>);

impl Faults {
    pub(super) fn add(&mut self, key: &'static str, reason: &str) {
        self.0.push((key, reason.to_owned()));
    }

    /// Refuses a number outside its bounds.
    pub(super) fn bound<N: PartialOrd + Display>(&mut self, key: &'static str, value: N, bounds: RangeInclusive<N>) {
        if !bounds.contains(&value) {
            let (least, most) = (bounds.start(), bounds.end());
            self.add(key, &format!("must be between {least} and {most}, but is {value}"));
        }
    }
}

/// An empty text is none where a key may have none.
fn or_none(default: &Json, value: Json) -> Json {
    match &value {
        Json::String(text) if default.is_null() && text.trim().is_empty() => Json::Null,
        _ => value,
    }
}

/// The config crate's value as JSON.
pub(super) fn json(value: Value) -> Json {
    match value.kind {
        ValueKind::Nil => Json::Null,
        ValueKind::Boolean(boolean) => boolean.into(),
        ValueKind::I64(number) => number.into(),
        ValueKind::U64(number) => number.into(),
        ValueKind::I128(number) => number.to_string().into(),
        ValueKind::U128(number) => number.to_string().into(),
        ValueKind::Float(number) => number.into(),
        ValueKind::String(text) => text.into(),
        ValueKind::Array(items) => items.into_iter().map(json).collect(),
        ValueKind::Table(table) => table.into_iter().map(|(key, value)| (key, json(value))).collect(),
    }
}

fn leaves(path: &str, value: &Value) -> Vec<(String, String)> {
    match &value.kind {
        ValueKind::Table(table) if !table.is_empty() => {
            let mut members: Vec<(&String, &Value)> = table.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            members.into_iter().flat_map(|(key, value)| leaves(&format!("{path}.{key}"), value)).collect()
        }
        _ => vec![(path.to_owned(), value.origin().unwrap_or("default").to_owned())],
    }
}

/// The like name: one that begins or ends with it (`tls_cert`: `tls_certificate`) goes before one with as many letters in
/// common (`tls_key`).
fn nearest<'k>(key: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let shortened = |candidate: &str| {
        key.len() > 2
            && [(candidate, key), (key, candidate)]
                .iter()
                .any(|(long, short)| short.len() > 2 && (long.starts_with(short) || long.ends_with(short)))
    };
    known.min_by_key(|candidate| (!shortened(candidate), strsim::damerau_levenshtein(key, candidate)))
}

fn expected(default: &Json) -> Option<&'static str> {
    match default {
        Json::Null | Json::Object(_) => None,
        Json::Bool(_) => Some("true or false"),
        Json::Number(number) if number.is_f64() => Some("a number"),
        Json::Number(_) => Some("a whole number"),
        Json::String(_) => Some("a text"),
        Json::Array(_) => Some("a list"),
    }
}

fn same_type(default: Option<&Json>, value: &Json) -> bool {
    match (default, value) {
        (Some(Json::Number(default)), Json::Number(value)) => default.is_f64() || !value.is_f64(),
        (Some(default), value) => std::mem::discriminant(default) == std::mem::discriminant(value),
        (None, _) => true,
    }
}
