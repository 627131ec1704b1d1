//! Requests and answers (sections 1.2 to 1.5). Members of answers are declared in the order in which they are sent.

use std::time::Duration;

use actix_web::{HttpRequest, web};
use dragoman_dialect::{
    body::{BodyBounds, read_body},
    json::{Json, JsonObject, JsonRules, parse_object, python_number},
};
use serde::Serialize;

use crate::error::Refusal;

/// 10,485,761 bytes are read, one more is code 169 (section 1.4).
const BOUNDS: BodyBounds = BodyBounds { bytes: 10_485_761, time: Duration::from_secs(30) };

/// The `message` of a successful `user_info` (section 3.3).
#[derive(Serialize)]
pub struct Profile<'a> {
    pub id: i64,
    pub key: &'a str,
    /// The login name.
    pub name: &'a str,
    pub token: &'a str,
    pub show_name: &'a str,
    pub email: &'a str,
    /// A bare file name.
    pub avatar: &'a str,
}

/// The members of a request's JSON object.
pub struct Fields(JsonObject);

impl Fields {
    /// Reads a request's body; its Content-Type is not looked at (section 1.4).
    pub async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Self, Refusal> {
        let body = read_body(request, payload, BOUNDS).await?;
        parse_object(&body, JsonRules::PYTHON).map(Self).map_err(|_| Refusal::SEE_LOG)
    }

    /// All of them.
    pub fn members(&self) -> &JsonObject {
        &self.0
    }

    /// A member that must be there; `null` is. One with half a character is refused where it is read (section 7).
    pub fn present(&self, name: &str) -> Result<&Json, Refusal> {
        self.0.get(name).filter(|value| **value != Json::BrokenText).ok_or(Refusal::SEE_LOG)
    }

    /// A member that must be a string.
    pub fn text(&self, name: &str) -> Result<&str, Refusal> {
        self.present(name)?.as_str().ok_or(Refusal::SEE_LOG)
    }

    /// A member that may be absent, as the text it is looked up by.
    pub fn looked_up(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.0.get(name) {
            Some(_) => self.present(name).map(database_text),
            None => Ok(None),
        }
    }
}

/// The five texts of a registration.
pub struct Wanted<'a> {
    pub show_name: &'a str,
    pub username: &'a str,
    pub passwd: &'a str,
    pub email: &'a str,
    pub key: &'a str,
}

impl<'a> Wanted<'a> {
    /// Rows 5 and 6 are one pass, in this order.
    pub fn read(fields: &'a Fields) -> Result<Self, Refusal> {
        let text = |name: &str| match fields.text(name)? {
            text if text.trim_matches(['\r', '\n']).is_empty() => Err(Refusal::EMPTY_FIELD),
            text => Ok(text),
        };
        Ok(Self {
            show_name: text("show_name")?,
            username: text("username")?,
            passwd: text("passwd")?,
            email: text("email")?,
            key: text("key")?,
        })
    }
}

/// A value as the text the old server's database made of it (section 1.5); `None` matches nothing and cannot be stored:
/// `null`, arrays, objects, and whole numbers beyond 64 bits (section 7).
pub fn database_text(value: &Json) -> Option<String> {
    match value {
        Json::Text(text) => Some(text.clone()),
        Json::Bool(true) => Some("1".to_owned()),
        Json::Bool(false) => Some("0".to_owned()),
        Json::Number(number) => {
            let text = python_number(number);
            let is_whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            (!is_whole || text.parse::<i64>().is_ok()).then(|| text.into_owned())
        }
        Json::Null | Json::BrokenText | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields {
        Fields(parse_object(json.as_bytes(), JsonRules::PYTHON).unwrap())
    }

    #[test]
    fn scalars_stand_for_their_text() {
        let text = |json: &str| fields(&format!("{{\"a\":{json}}}")).looked_up("a").unwrap();
        for (json, expected) in [
            ("\" x \"", " x "),
            ("42", "42"),
            ("-7", "-7"),
            ("-0", "0"),
            ("1.5", "1.5"),
            ("1.0", "1.0"),
            ("1e2", "100.0"),
            ("1e16", "1e+16"),
            ("0.00001", "1e-05"),
            ("1E400", "inf"),
            ("NaN", "nan"),
            ("-Infinity", "-inf"),
            ("true", "1"),
            ("false", "0"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
        ] {
            assert_eq!(text(json).as_deref(), Some(expected), "{json}");
        }
        for nothing in ["null", "[]", "[\"a\"]", "{}", "9223372036854775808", "123456789012345678901234567890"] {
            assert_eq!(text(nothing), None, "{nothing}");
        }
        assert_eq!(fields("{}").looked_up("a"), Ok(None));
    }

    #[test]
    fn half_a_character_is_refused_where_it_is_read() {
        let fields = fields(r#"{"a":"\ud800","b":"x","\udc00":1}"#);
        assert_eq!((fields.text("a"), fields.looked_up("a")), (Err(Refusal::SEE_LOG), Err(Refusal::SEE_LOG)));
        assert_eq!(fields.text("b"), Ok("x"));
    }

    #[test]
    fn null_is_present_but_no_text() {
        let fields = fields("{\"a\":null,\"b\":\"\"}");
        assert!(fields.present("a").is_ok());
        assert_eq!(fields.text("a"), Err(Refusal::SEE_LOG));
        assert_eq!(fields.text("b"), Ok(""));
        assert_eq!(fields.present("A"), Err(Refusal::SEE_LOG));
    }
}
