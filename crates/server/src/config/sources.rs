//! The places configuration comes from, as sources of the `config` crate whose values know their origin.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use config::{Config, ConfigError, Map, Source, Value, ValueKind};
use serde_json::Value as Json;

use super::{
    ConfigFile, ConfigProblem, ConfigProblems,
    known_keys::{Schema, default_at},
    secrets::{read_secret_files, stem},
};

const PREFIX: &str = "DRAGOMAN__";

/// Everything outside the program that decides its settings.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The TOML file.
    pub file: ConfigFile,
    /// Variables; those without the prefix `DRAGOMAN__` are not looked at.
    pub environment: Vec<(OsString, OsString)>,
    /// (option, dotted key, value), e.g. (`--listen`, `server.listen`, `127.0.0.1:0`).
    pub command_line: Vec<(&'static str, &'static str, String)>,
}

impl Sources {
    /// The file, the process environment and what the command line said.
    pub fn of_process(file: Option<PathBuf>, command_line: Vec<(&'static str, &'static str, String)>) -> Self {
        let file = file.map_or_else(|| ConfigFile::IfPresent(PathBuf::from("dragoman.toml")), ConfigFile::Required);
        let environment = std::env::vars_os().collect();
        Self { file, environment, command_line }
    }

    /// What was given, later sources over earlier ones; defaults are not in it.
    pub(super) fn merged(&self, schema: &Schema) -> Result<Map<String, Value>, ConfigProblems> {
        let ours = self.environment.iter().filter(|(name, _)| name.as_bytes().starts_with(PREFIX.as_bytes()));
        let environment = ours.map(|(name, value)| variable(name, value)).collect::<Result<Vec<Text>, _>>()?;
        let command_line = self.command_line.iter().map(|(option, key, value)| Text {
            origin: format!("command line {option}"),
            key: key.split('.').map(str::to_owned).collect(),
            value: value.clone(),
        });
        let merged = Config::builder()
            .add_source(WithSecretFiles(self.file.clone()))
            .add_source(WithSecretFiles(Texts::new(filled(environment, schema)?, schema)))
            .add_source(WithSecretFiles(Texts::new(filled(command_line.collect(), schema)?, schema)))
            .build()
            .map_err(|error| ConfigProblem::General(error.to_string()))?;
        match merged.cache.kind {
            ValueKind::Table(table) => Ok(table),
            _ => Ok(Map::new()),
        }
    }
}

/// A variable that is not Unicode was meant all the same: it is told by name, never dropped.
fn variable(name: &OsString, value: &OsString) -> Result<Text, ConfigProblem> {
    let origin = format!("environment variable {}", name.to_string_lossy());
    let (Some(path), Some(value)) = (name.to_str().and_then(|name| name.strip_prefix(PREFIX)), value.to_str()) else {
        return Err(ConfigProblem::General(format!("{origin} is not Unicode")));
    };
    let key = path.split("__").map(str::to_lowercase).collect();
    Ok(Text { origin, key, value: value.to_owned() })
}

/// A source whose `*_file` keys have been replaced by the files' contents.
#[derive(Debug, Clone)]
struct WithSecretFiles<S>(S);

impl<S: Source + Clone + Send + Sync + 'static> Source for WithSecretFiles<S> {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let mut table = self.0.collect()?;
        read_secret_files(&mut table)?;
        Ok(table)
    }
}

struct Text {
    origin: String,
    key: Vec<String>,
    value: String,
}

impl Text {
    fn is_empty(&self) -> bool {
        self.value.trim().is_empty()
    }

    /// The key it decides about: for `password_file` that is `password`.
    fn subject(&self) -> Vec<String> {
        let mut key = self.key.clone();
        if let Some(last) = key.last_mut()
            && let Some(stem) = stem(last)
        {
            *last = stem.to_owned();
        }
        key
    }
}

/// Container files pass variables that nobody set as empty ones: such a one is "none" where a key may have none, and is
/// refused by name where it may not. Of `NAME` and `NAME_FILE` the other one counts.
fn filled(texts: Vec<Text>, schema: &Schema) -> Result<Vec<Text>, ConfigProblems> {
    let given: Vec<Vec<String>> = texts.iter().filter(|text| !text.is_empty()).map(Text::subject).collect();
    let (mut kept, mut problems) = (Vec::new(), Vec::new());
    for text in texts {
        let subject = text.subject();
        if !text.is_empty() {
            kept.push(text);
        } else if !given.contains(&subject) {
            match default_at(schema, &subject) {
                Some(Json::Bool(_) | Json::Number(_) | Json::String(_)) => problems.push(ConfigProblem::Invalid {
                    key: subject.join("."),
                    reason: "is empty: give it a value, or leave it out".to_owned(),
                    origin: text.origin,
                }),
                Some(_) => kept.push(Text { key: subject, ..text }),
                None => kept.push(text),
            }
        }
    }
    if problems.is_empty() { Ok(kept) } else { Err(ConfigProblems(problems)) }
}

/// Values that come as text and take the type of their key's default.
#[derive(Debug, Clone)]
struct Texts(Map<String, Value>);

impl Texts {
    fn new(texts: Vec<Text>, schema: &Schema) -> Self {
        let mut table = Map::new();
        for text in texts {
            let kind = typed(default_at(schema, &text.key), &text.value);
            insert(&mut table, &text.key, Value::new(Some(&text.origin), kind), &text.origin);
        }
        Self(table)
    }
}

impl Source for Texts {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

fn insert(table: &mut Map<String, Value>, path: &[String], value: Value, origin: &String) {
    let Some((first, rest)) = path.split_first() else { return };
    // The config crate reads the outermost key as a path expression; `mounts[4000000000]` must not become a list.
    let first = first.replace(['[', ']', '.'], "?");
    if rest.is_empty() {
        table.insert(first, value);
        return;
    }
    let inner = table.entry(first).or_insert_with(|| Value::new(Some(origin), ValueKind::Table(Map::new())));
    if let ValueKind::Table(inner) = &mut inner.kind {
        insert(inner, rest, value, origin);
    }
}

/// The text as the kind of value the default is; what cannot be read stays text and is refused by the reader, by name.
fn typed(default: Option<&Json>, text: &str) -> ValueKind {
    let text_kind = || ValueKind::String(text.to_owned());
    match default {
        Some(Json::Null) if text.trim().is_empty() => ValueKind::Nil,
        Some(Json::Bool(_)) => text.parse::<bool>().map_or_else(|_| text_kind(), ValueKind::Boolean),
        Some(Json::Number(_)) => number(text).unwrap_or_else(text_kind),
        Some(Json::Array(_)) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            ValueKind::Array(items.map(|item| Value::new(None, ValueKind::String(item.to_owned()))).collect())
        }
        _ => text_kind(),
    }
}

fn number(text: &str) -> Option<ValueKind> {
    let whole = text.parse::<i64>().ok().map(ValueKind::I64);
    whole.or_else(|| text.parse::<f64>().ok().filter(|number| number.is_finite()).map(ValueKind::Float))
}
