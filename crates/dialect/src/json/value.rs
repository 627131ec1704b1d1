//! A JSON value as the old servers' readers held it.

/// A request's JSON value. `serde_json`'s own holds neither `NaN` nor a text with half a character.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// The number as it was sent; where the reader takes them also `NaN`, `Infinity` and `-Infinity`.
    Number(String),
    /// A text.
    Text(String),
    /// A text with an unpaired surrogate: Python holds it, but no database stores it, so it is nobody's name.
    BrokenText,
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(JsonObject),
}

impl Json {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::BrokenText | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// The member of that name, if it is an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(object) => object.get(name),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::BrokenText | Self::Array(_) => None,
        }
    }
}

/// The members of an object as they were sent, also those sent twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JsonObject {
    members: Vec<(String, Json)>,
}

impl JsonObject {
    /// The last value of that name: what Python, Go and PHP keep.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.iter().rfind(|(member, _)| *member == name).map(|(_, value)| value)
    }

    /// All members in the order sent.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Json)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn push(&mut self, name: String, value: Json) {
        self.members.push((name, value));
    }
}
