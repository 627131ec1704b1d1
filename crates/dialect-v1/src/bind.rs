//! Request bodies and query strings (section 2).

use std::{borrow::Cow, time::Duration};

use actix_web::{HttpRequest, web};
use dragoman_dialect::{
    body::{BodyBounds, read_body},
    form::Fields,
    headers::{JSON, MULTIPART, media_type},
    json::{JsonObject, JsonRules, NotAnObject, Repeated, parse_object},
    multipart::read_text_fields,
};
use serde_json::Value;

use crate::error::Refusal;

/// Section 8.
const BOUNDS: BodyBounds = BodyBounds { bytes: 1024 * 1024, time: Duration::from_secs(30) };
const RULES: JsonRules = JsonRules { byte_order_mark: false, trailing_text: true, repeated: Repeated::LastCounts };
/// Fields of a form or a query string; no client sends more than a handful.
const FIELDS: usize = 1_000;

/// A request that can be made of a body's members.
pub trait Bind: Sized {
    /// Reads every member; one of the wrong type refuses the whole.
    fn bind(members: &Members) -> Result<Self, Refusal>;
}

/// The members of a body.
pub enum Members {
    Json(JsonObject),
    Form(Fields),
}

impl Members {
    /// Reads a request's body: `application/json` as JSON, all else as a form.
    pub async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Self, Refusal> {
        let kind = media_type(request.headers());
        if kind == MULTIPART {
            let fields = read_text_fields(request, payload, BOUNDS, FIELDS).await;
            return fields.map(Self::Form).map_err(|_| Refusal::Unbound);
        }
        let body = read_body(request, payload, BOUNDS).await?;
        if kind != JSON {
            return Fields::parse(&body, FIELDS).map(Self::Form).map_err(|_| Refusal::Unbound);
        }
        match parse_object(&body, RULES) {
            Ok(object) => Ok(Self::Json(object)),
            Err(NotAnObject::Other(Value::Null)) => Ok(Self::Json(JsonObject::new())),
            Err(_) => Err(Refusal::Unbound),
        }
    }

    /// A text; missing and null count as empty.
    pub fn text(&self, name: &str) -> Result<String, Refusal> {
        match self {
            Self::Form(fields) => Ok(lossy(fields.first(name).unwrap_or_default()).into_owned()),
            Self::Json(object) => last(object, name, String::new(), |value| match value {
                Value::String(text) => Some(text.clone()),
                _ => None,
            }),
        }
    }

    /// A whole number of 64 bits; missing, null and (in a form) empty count as 0.
    pub fn integer(&self, name: &str) -> Result<i64, Refusal> {
        match self {
            Self::Form(fields) => match fields.first(name) {
                None | Some([]) => Ok(0),
                Some(text) => lossy(text).parse().map_err(|_| Refusal::Unbound),
            },
            Self::Json(object) => last(object, name, 0, |value| match value {
                Value::Number(number) => number.as_str().parse().ok(),
                _ => None,
            }),
        }
    }

    /// A number that is not negative; one beyond what accounts have is nobody's, as 0 is.
    pub fn id(&self, name: &str) -> Result<i64, Refusal> {
        let unsigned = match self {
            Self::Form(fields) => match fields.first(name) {
                None | Some([]) => 0,
                Some(text) => lossy(text).parse::<u64>().map_err(|_| Refusal::Unbound)?,
            },
            Self::Json(object) => last(object, name, 0, |value| match value {
                Value::Number(number) => number.as_str().parse::<u64>().ok(),
                _ => None,
            })?,
        };
        Ok(i64::try_from(unsigned).unwrap_or(0))
    }
}

/// The last member that has the name whatever its case (section 7.1); all of them must have the right type.
fn last<T>(object: &JsonObject, name: &str, absent: T, read: impl Fn(&Value) -> Option<T>) -> Result<T, Refusal>
where
    T: Clone,
{
    let mut found = absent.clone();
    for (_, value) in object.iter().filter(|(member, _)| member.eq_ignore_ascii_case(name)) {
        found = match value {
            Value::Null => absent.clone(),
            value => read(value).ok_or(Refusal::Unbound)?,
        };
    }
    Ok(found)
}

fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// A query string; of several values of one name the first counts.
pub struct Query(Fields);

impl Query {
    /// That of a request. For the spelling `/search&keyword=…` of the document (D3) the part of the path behind the first
    /// `&` is one too.
    pub fn of(request: &HttpRequest) -> Self {
        let in_path = request.uri().path().split_once('&').map(|(_, query)| query);
        let text = [in_path, request.uri().query()].into_iter().flatten().collect::<Vec<_>>().join("&");
        // More fields than anybody sends are none at all.
        Self(Fields::parse(text.as_bytes(), FIELDS).unwrap_or_default())
    }

    /// A value, if the name is there.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.first(name).map(lossy)
    }

    /// An address under one of these names: clients leave a `+` as it is, which reads as a blank (D10).
    pub fn email(&self, names: &[&str]) -> String {
        let value = names.iter().find_map(|name| self.text(name)).unwrap_or_default();
        value.replace(' ', "+")
    }

    /// A number; what is none counts as 0, also the empty text, but not a missing one.
    pub fn number(&self, name: &str, missing: i64) -> i64 {
        self.text(name).map_or(missing, |text| whole_number(&text))
    }
}

/// A decimal number, as near as 64 bits come to it.
fn whole_number(text: &str) -> i64 {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    let number = digits.parse().unwrap_or(i64::MAX);
    if negative { -number } else { number }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn json(text: &str) -> Members {
        Members::Json(parse_object(text.as_bytes(), RULES).unwrap())
    }

    #[test]
    fn members_match_whatever_their_case_and_the_last_wins() {
        assert_eq!(json(r#"{"EMAIL":"a"}"#).text("Email").unwrap(), "a");
        assert_eq!(json(r#"{"email":"a","eMail":"b"}"#).text("Email").unwrap(), "b");
        assert_eq!(json(r#"{"email":"a","EMAIL":"b","email":"c"}"#).text("Email").unwrap(), "c");
        assert_eq!(json(r#"{"email":"a","Email":null}"#).text("Email").unwrap(), "");
        assert_eq!(json(r#"{"email":5,"Email":"b"}"#).text("Email"), Err(Refusal::Unbound));
        assert_eq!(json("{}").text("Email").unwrap(), "");
        assert_eq!(json(r#"{"other":5}"#).text("Email").unwrap(), "");
    }

    #[test]
    fn numbers_are_whole_and_ids_not_negative() {
        let number = |text: &str| json(&format!("{{\"x\":{text}}}")).integer("X");
        assert_eq!((number("-5"), number("null"), number("9223372036854775807")), (Ok(-5), Ok(0), Ok(i64::MAX)));
        for bad in ["1.0", "1e2", "9223372036854775808", "\"5\"", "true", "[]", "{}"] {
            assert_eq!(number(bad), Err(Refusal::Unbound), "{bad}");
        }
        let id = |text: &str| json(&format!("{{\"id\":{text}}}")).id("ID");
        assert_eq!((id("7"), id("18446744073709551615"), id("null")), (Ok(7), Ok(0), Ok(0)));
        for bad in ["-1", "18446744073709551616", "1.5", "\"1\""] {
            assert_eq!(id(bad), Err(Refusal::Unbound), "{bad}");
        }
    }

    #[test]
    fn forms_have_capitalised_names() {
        let form = Members::Form(Fields::parse(b"Email=a%40b&X=&ID=9&Role=x&email=no", FIELDS).unwrap());
        assert_eq!(form.text("Email").unwrap(), "a@b");
        assert_eq!((form.integer("X"), form.id("ID"), form.integer("Gender")), (Ok(0), Ok(9), Ok(0)));
        assert_eq!(form.integer("Role"), Err(Refusal::Unbound));
    }

    #[test]
    fn query_strings() {
        let of = |uri: &str| Query::of(&TestRequest::with_uri(uri).to_http_request());
        assert_eq!(of("/x?email=a+b@c.d").email(&["email"]), "a+b@c.d");
        assert_eq!(of("/x?eamil=a@c.d").email(&["email", "eamil"]), "a@c.d");
        assert_eq!(of("/x?eamil=a&email=b").email(&["email", "eamil"]), "b");
        let search = of("/api/v1/user/manage/search&keyword=a%26b&page=2");
        assert_eq!((search.text("keyword").as_deref(), search.number("page", 1)), (Some("a&b"), 2));
        let page = |text: &str| of(&format!("/x?page={text}")).number("page", 1);
        assert_eq!((page(""), page("x"), page("-3"), page("99999999999999999999")), (0, 0, -3, i64::MAX));
        assert_eq!(of("/x").number("page", 1), 1);
    }
}
