//! Request bodies that must be one JSON object.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A request's JSON object, members in the order sent.
pub type JsonObject = Map<String, Value>;

/// Where the old servers' readers differ. UTF-8 is strict, escapes of unpaired surrogates are errors and nesting is
/// bounded by `serde_json` (128 levels) for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonRules {
    /// A byte order mark before the value is skipped (medusa 1.4, proxy 1.7) or malformed (v1 2).
    pub byte_order_mark: bool,
    /// Text after the value is ignored (v1 2) or malformed.
    pub trailing_text: bool,
    /// Which of several members of one name counts.
    pub repeated: Repeated,
}

/// Which of several members of one name counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeated {
    /// frp 2.1.
    FirstCounts,
    /// All others.
    LastCounts,
}

/// Why a body is not a JSON object.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotAnObject {
    /// Not JSON, not UTF-8, nested too deep, or of more than 10,000 values.
    #[error("malformed JSON")]
    Malformed,
    /// JSON of another type (v1 takes `null` for `{}`).
    #[error("not a JSON object")]
    Other(Value),
}

/// No client sends more than a dozen. Without a bound 10 MB of `0,0,0` would become hundreds.
const MOST_VALUES: usize = 10_000;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How `serde_json` hands over numbers under `arbitrary_precision`: as an object with this one member.
const NUMBER_MEMBER: &str = "$serde_json::private::Number";

/// Reads a body as one JSON object.
///
/// # Errors
/// [`NotAnObject`], with the value if it is JSON of another type.
pub fn parse_object(body: &[u8], rules: JsonRules) -> Result<JsonObject, NotAnObject> {
    match parse_value(body, rules).map_err(|_| NotAnObject::Malformed)? {
        Value::Object(object) => Ok(object),
        other => Err(NotAnObject::Other(other)),
    }
}

fn parse_value(body: &[u8], rules: JsonRules) -> Result<Value, serde_json::Error> {
    let text = match body.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) if rules.byte_order_mark => rest,
        _ => body,
    };
    let left = Cell::new(MOST_VALUES);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = PlainValue { repeated: rules.repeated, left: &left }.deserialize(&mut deserializer)?;
    if !rules.trailing_text {
        deserializer.end()?;
    }
    Ok(value)
}

/// Reads a [`Value`] without `Value`'s own reader. That one takes an object `{"$serde_json::private::RawValue": "…"}` for
/// JSON to be read anew, with the depth counted from zero: nested eight times, 3 KB overflow the stack of a debug build.
#[derive(Clone, Copy)]
struct PlainValue<'c> {
    repeated: Repeated,
    left: &'c Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for PlainValue<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.left.get().checked_sub(1).ok_or_else(|| D::Error::custom("too many values"))?;
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PlainValue<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.is_empty() && name == NUMBER_MEMBER {
                let literal: String = members.next_value()?;
                return literal.parse::<Number>().map(Value::Number).map_err(A::Error::custom);
            }
            let value = members.next_value_seed(self)?;
            if object.contains_key(&name) {
                if self.repeated == Repeated::FirstCounts {
                    continue;
                }
                // To the end: where names match whatever their case (v1 2), the last one must be that of all spellings.
                object.shift_remove(&name);
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}
