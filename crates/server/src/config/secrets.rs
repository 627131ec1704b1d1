//! Which values are secret, how they are read from a file of their own, and how they are masked.

use config::{ConfigError, Map, Value, ValueKind};

use crate::file::read_text;

const MASK: &str = "********";

/// Whether a key's text must not be shown. Keys are named for what they hold, so the last word tells.
pub(super) fn is_secret(key: &str) -> bool {
    const PATHS: [&str; 1] = ["tls_key"];
    let name = key.rsplit('.').next().unwrap_or(key);
    let last_word = name.rsplit('_').next().unwrap_or(name);
    !PATHS.contains(&name) && matches!(last_word, "key" | "keys" | "secret" | "password" | "token" | "url")
}

/// The value as it may be shown: a URL under any key loses its password, any other secret everything.
pub(super) fn masked(key: &str, value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::String(text) if !text.is_empty() => masked_text(key, text).into(),
        serde_json::Value::Array(items) => items.iter().map(|item| masked(key, item)).collect(),
        serde_json::Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), masked(name, member))).collect()
        }
        other => other.clone(),
    }
}

fn masked_text(key: &str, text: &str) -> String {
    let secret = is_secret(key);
    if secret && !key.ends_with("url") {
        return MASK.to_owned();
    }
    match url::Url::parse(text) {
        Ok(url) if url.query_pairs().any(|(name, _)| is_secret_parameter(&name)) => MASK.to_owned(),
        Ok(mut url) if url.password().is_some() => {
            url.set_password(Some(MASK)).map_or(MASK.to_owned(), |()| url.to_string())
        }
        // Not of a form whose parts could be told: `user:password@host` too.
        Ok(url) if url.cannot_be_a_base() && text.contains('@') => MASK.to_owned(),
        Err(_) if secret || text.contains('@') && text.contains([':', '/']) => MASK.to_owned(),
        Ok(_) | Err(_) => text.to_owned(),
    }
}

/// Drivers also take a password among the parameters, and signed URLs carry one there.
fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_lowercase();
    ["pass", "pwd", "secret", "token", "key", "sig"].iter().any(|part| name.contains(part))
}

/// Replaces each `NAME_file` by `NAME` with the file's content, where `NAME` is a secret. One source at a time, so that
/// a `NAME` in the environment wins over a `NAME_file` in the file.
pub(super) fn read_secret_files(table: &mut Map<String, Value>) -> Result<(), ConfigError> {
    let names: Vec<String> = table.keys().filter(|name| stem(name).is_some()).cloned().collect();
    for name in names {
        let (Some(stem), Some(path)) = (stem(&name), table.remove(&name)) else { continue };
        if table.contains_key(stem) {
            return Err(ConfigError::Message(format!("`{stem}` and `{name}` are both given ({})", origin(&path))));
        }
        table.insert(stem.to_owned(), content(&name, &path)?);
    }
    table.values_mut().try_for_each(read_nested)
}

fn read_nested(value: &mut Value) -> Result<(), ConfigError> {
    match &mut value.kind {
        ValueKind::Table(table) => read_secret_files(table),
        ValueKind::Array(items) => items.iter_mut().try_for_each(read_nested),
        _ => Ok(()),
    }
}

/// The secret that `NAME_file` is about.
pub(super) fn stem(name: &str) -> Option<&str> {
    name.strip_suffix("_file").filter(|stem| is_secret(stem))
}

fn content(name: &str, path: &Value) -> Result<Value, ConfigError> {
    let ValueKind::String(file) = &path.kind else {
        return Err(ConfigError::Message(format!("`{name}` must be the path of a file ({})", origin(path))));
    };
    let text = read_text(file.as_ref())
        .map_err(|error| ConfigError::Message(format!("`{name}`: cannot read {file}: {error} ({})", origin(path))))?;
    if text.trim().is_empty() {
        return Err(ConfigError::Message(format!("`{name}`: {file} is empty ({})", origin(path))));
    }
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    Ok(Value::new(Some(&format!("{file}, named by {}", origin(path))), ValueKind::String(text.to_owned())))
}

fn origin(value: &Value) -> &str {
    value.origin().unwrap_or("default")
}
