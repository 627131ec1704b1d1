//! Requests and answers. Members of answers are declared in the contract's order.

use std::time::Duration;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use bytes::Bytes;
use dragoman_dialect::{
    body::{BodyBounds, read_body},
    form,
    headers::{FORM, JSON, MULTIPART, media_type},
    json::{Json, JsonRules, parse_object},
    multipart::{Reading, read_text_fields},
};
use serde::{Serialize, Serializer};

use crate::error::Refusal;

/// Section 3.5.
const BOUNDS: BodyBounds = BodyBounds { bytes: 64 * 1024, time: Duration::from_secs(30) };
/// As many fields as a body of that size can have: unknown ones are ignored, however many.
const MOST_FIELDS: usize = BOUNDS.bytes;

/// `data` of the login.
#[derive(Serialize)]
pub struct Login<'a> {
    pub msg: &'a str,
    pub inbound: i64,
    pub outbound: i64,
    pub reg_time: String,
    pub frp_token: &'a str,
    pub avatar: String,
    pub email: &'a str,
    pub username: &'a str,
    pub token: &'a str,
    pub traffic: String,
    pub group: &'a str,
    /// Only by setting: the document's answer has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxies_num: Option<u8>,
}

/// `data` of the profile.
#[derive(Serialize)]
pub struct Info<'a> {
    pub msg: &'a str,
    #[serde(rename = "qqSocialId")]
    pub social_identity: SocialIdentity<'a>,
    pub reg_time: String,
    pub id: i64,
    pub email: &'a str,
    pub username: &'a str,
    pub traffic: String,
    pub qq: &'a str,
    pub qq_social_id: &'a str,
    pub inbound: i64,
    pub outbound: i64,
}

/// `data` of a fresh tunnel key, under the names that two generations of the panel read.
#[derive(Serialize)]
pub struct TunnelKey<'a> {
    pub msg: &'a str,
    pub token: &'a str,
    pub frp_token: &'a str,
}

/// `qqSocialId` of section 6: null, a number of at most 15 digits, or the text.
pub struct SocialIdentity<'a>(pub &'a str);

impl Serialize for SocialIdentity<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(text) = self;
        let is_number = text.len() <= 15
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && (!text.starts_with('0') || *text == "0");
        match text.parse::<u64>() {
            _ if text.is_empty() => serializer.serialize_unit(),
            Ok(number) if is_number => serializer.serialize_u64(number),
            _ => serializer.serialize_str(text),
        }
    }
}

/// The fields of a request: a POST's body or another method's query, never both (section 2.1).
#[derive(Default)]
pub struct Fields(form::Fields);

impl Fields {
    /// Reads the query string.
    pub fn of_query(request: &HttpRequest) -> Self {
        Self(form::Fields::parse(request.query_string().as_bytes(), MOST_FIELDS).unwrap_or_default())
    }

    /// Reads the body in one of its three forms; one of another type, or malformed, has no fields.
    pub async fn of_body(request: &HttpRequest, payload: web::Payload) -> Result<Self, Refusal> {
        let body = match read_body(request, payload, BOUNDS).await {
            Ok(body) => body,
            Err(error) => return Refusal::of_body(error).map_or_else(|| Ok(Self::default()), Err),
        };
        let fields = match media_type(request.headers()).as_str() {
            FORM => form::Fields::parse(&body, MOST_FIELDS).ok(),
            JSON => json_fields(&body),
            MULTIPART => multipart_fields(request, body).await,
            _ => None,
        };
        Ok(Self(fields.unwrap_or_default()))
    }

    /// A password: byte for byte, the first of its name; `None` if it is missing.
    pub fn password(&self, name: &str) -> Option<&str> {
        let text = std::str::from_utf8(self.0.first(name)?).ok()?;
        (!text.is_empty()).then_some(text)
    }

    /// Any other field, without white space around it; `None` if it is missing.
    pub fn text(&self, name: &str) -> Option<&str> {
        let text = self.password(name)?.trim_ascii();
        (!text.is_empty()).then_some(text)
    }
}

fn json_fields(body: &[u8]) -> Option<form::Fields> {
    let mut fields = form::Fields::default();
    for (name, value) in parse_object(body, JsonRules::PHP).ok()?.iter() {
        let text = match value {
            Json::Text(text) | Json::Number(text) => text.as_str(),
            // As empty as absent (2.1), and so in the way of a later one of that name.
            Json::Null | Json::Bool(_) | Json::BrokenText | Json::Array(_) | Json::Object(_) => "",
        };
        fields.push(name.as_bytes().to_vec(), text.as_bytes().to_vec());
    }
    Some(fields)
}

/// The body was read whole before, so that its size is judged even if it is malformed.
async fn multipart_fields(request: &HttpRequest, body: Bytes) -> Option<form::Fields> {
    let payload = web::Payload::from_request(request, &mut Payload::from(body)).into_inner().ok()?;
    read_text_fields(request, payload, BOUNDS, MOST_FIELDS, Reading::Php).await.ok()
}

#[cfg(test)]
mod tests {
    use dragoman_dialect::json::{JsonFlavour, to_text};

    use super::*;

    #[test]
    fn social_identities() {
        let shown = |text| to_text(&SocialIdentity(text), &JsonFlavour::frp()).unwrap();
        assert_eq!(shown(""), "null");
        assert_eq!(shown("0"), "0");
        assert_eq!(shown("123456789012345"), "123456789012345");
        assert_eq!(shown("1234567890123456"), "\"1234567890123456\"");
        assert_eq!(shown("007"), "\"007\"");
        assert_eq!(shown("00"), "\"00\"");
        assert_eq!(shown("A1B2"), "\"A1B2\"");
        assert_eq!(shown("-1"), "\"-1\"");
        assert_eq!(shown("+1"), "\"+1\"");
    }

    #[test]
    fn json_fields_are_texts_and_numbers() {
        let json = br#"{"verify":123456,"qq":"1","verify":"2","big":123456789012345678901234567890,"null":null,"true":true,"list":["x"]}"#;
        let fields = Fields(json_fields(json).unwrap());
        assert_eq!(fields.text("verify"), Some("123456"));
        assert_eq!(fields.text("qq"), Some("1"));
        assert_eq!(fields.text("big"), Some("123456789012345678901234567890"));
        for absent in ["null", "true", "list"] {
            assert_eq!(fields.text(absent), None, "{absent}");
        }
        for malformed in ["", "[]", "{", "null", "{\"a\":\"\u{0}\"}", "{} x"] {
            assert!(json_fields(malformed.as_bytes()).is_none(), "{malformed:?}");
        }
    }

    #[test]
    fn white_space_bytes_and_repetition() {
        let fields = Fields(form::Fields::parse(b"u=%20a+b%09%0d%0a&p=+x+&u=c&e=&e=1&bad=%ff&n=%00&w=+", 100).unwrap());
        assert_eq!(fields.text("u"), Some("a b"));
        assert_eq!(fields.password("p"), Some(" x "));
        assert_eq!(fields.text("e"), None, "the first occurrence counts, also an empty one");
        assert_eq!(fields.text("bad"), None);
        assert_eq!(fields.text("n"), Some("\0"));
        assert_eq!((fields.text("w"), fields.password("w")), (None, Some(" ")));
    }
}
