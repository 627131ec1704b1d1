//! The places configuration comes from, as sources of the `config` crate whose values know their origin.

use std::path::PathBuf;

use config::{Config, ConfigError, File, FileFormat, Map, Source, Value, ValueKind};
use serde_json::Value as Json;

use super::{
    ConfigProblem,
    known_keys::{Schema, default_at},
    secrets::read_secret_files,
};

const PREFIX: &str = "DRAGOMAN__";

/// Which file is read.
#[derive(Debug, Clone)]
pub enum ConfigFile {
    /// Given by the operator: it must be there.
    Required(PathBuf),
    /// Read when it is there.
    IfPresent(PathBuf),
}

/// Everything outside the program that decides its settings.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The TOML file.
    pub file: ConfigFile,
    /// Variables; those without the prefix `DRAGOMAN__` are not looked at.
    pub environment: Vec<(String, String)>,
    /// (option, dotted key, value), e.g. (`--listen`, `server.listen`, `127.0.0.1:0`).
    pub command_line: Vec<(&'static str, &'static str, String)>,
}

impl Sources {
    /// The file, the process environment and what the command line said.
    pub fn of_process(file: Option<PathBuf>, command_line: Vec<(&'static str, &'static str, String)>) -> Self {
        let file = file.map_or_else(|| ConfigFile::IfPresent(PathBuf::from("dragoman.toml")), ConfigFile::Required);
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        Self { file, environment, command_line }
    }

    /// What was given, later sources over earlier ones; defaults are not in it.
    pub(super) fn merged(&self, schema: &Schema) -> Result<Map<String, Value>, ConfigProblem> {
        let (path, required) = match &self.file {
            ConfigFile::Required(path) => (path, true),
            ConfigFile::IfPresent(path) => (path, false),
        };
        let file = File::from(path.as_path()).format(FileFormat::Toml).required(required);
        let environment = self.environment.iter().filter_map(|(name, value)| {
            let key: Vec<String> = name.strip_prefix(PREFIX)?.split("__").map(str::to_lowercase).collect();
            Some(Text { origin: format!("environment variable {name}"), key, value: value.clone() })
        });
        let command_line = self.command_line.iter().map(|(option, key, value)| Text {
            origin: format!("command line {option}"),
            key: key.split('.').map(str::to_owned).collect(),
            value: value.clone(),
        });
        let merged = Config::builder()
            .add_source(WithSecretFiles(file))
            .add_source(WithSecretFiles(Texts::new(environment, schema)))
            .add_source(WithSecretFiles(Texts::new(command_line, schema)))
            .build()
            .map_err(|error| ConfigProblem::General(error.to_string()))?;
        match merged.cache.kind {
            ValueKind::Table(table) => Ok(table),
            _ => Ok(Map::new()),
        }
    }
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

/// Values that come as text and take the type of their key's default.
#[derive(Debug, Clone)]
struct Texts(Map<String, Value>);

impl Texts {
    fn new(texts: impl Iterator<Item = Text>, schema: &Schema) -> Self {
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
