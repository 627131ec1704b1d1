//! Request bodies that must be one JSON object.

use super::{Json, JsonObject, JsonRules, encoding, reader::Reader};

/// Why a body is not a JSON object.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotAnObject {
    /// Not JSON, not in an encoding that its reader takes, nested too deep, or of more than 10,000 values.
    #[error("malformed JSON")]
    Malformed,
    /// JSON of another type (v1 takes `null` for `{}`).
    #[error("not a JSON object")]
    Other(Json),
}

/// Reads a body as one JSON object.
///
/// # Errors
/// [`NotAnObject`], with the value if it is JSON of another type.
pub fn parse_object(body: &[u8], rules: JsonRules) -> Result<JsonObject, NotAnObject> {
    match parse_value(body, rules).ok_or(NotAnObject::Malformed)? {
        Json::Object(object) => Ok(object),
        other => Err(NotAnObject::Other(other)),
    }
}

fn parse_value(body: &[u8], rules: JsonRules) -> Option<Json> {
    if rules.detects_encoding {
        return Reader::new(&encoding::to_utf8(body)?, rules).document();
    }
    Reader::new(body, rules).document()
}
