//! The keys that are known, as what reads them and what gathers them pass them on.

use serde_json::{Map, Value};

/// Section name -> its keys with defaults, in the order of the documentation.
pub(super) type Schema = Map<String, Value>;

/// The default of `[section, key]`, or of a key in a section's own section, if it is known.
pub(super) fn default_at<'a>(schema: &'a Schema, path: &[String]) -> Option<&'a Value> {
    match path {
        [section, key] => schema.get(section)?.get(key),
        [section, inner, key] => schema.get(section)?.get(inner)?.get(key),
        _ => None,
    }
}
