//! Request bodies and query strings (section 2).

use std::{borrow::Cow, time::Duration};

use actix_web::{
    HttpRequest,
    http::header::{CONTENT_TYPE, HeaderMap},
    web,
};
use dragoman_dialect::{
    body::{BodyBounds, read_body},
    form::{CheckedFields, Fields},
    headers::{FORM, JSON, MULTIPART, media_type},
    json::{Json, JsonObject, JsonRules, NotAnObject, go_text, parse_object},
    multipart::{Reading, read_text_fields},
};

use crate::error::Refusal;

/// Section 8.
const BOUNDS: BodyBounds = BodyBounds { bytes: 1024 * 1024, time: Duration::from_secs(30) };
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
    /// Reads a request's body: `application/json`, written exactly so, as JSON; all else as a form, as gin's binder does.
    pub async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Self, Refusal> {
        match exact_media_type(request.headers()) {
            kind if kind == JSON.as_bytes() => {
                json_members(&read_body(request, payload, BOUNDS).await?).map(Self::Json)
            }
            // The one form that does not look at the query string, except for its faults.
            kind if kind == MULTIPART.as_bytes() => {
                let parts = parts(request, payload).await?;
                query_of(request).map(|_| Self::Form(parts))
            }
            _ => form_members(request, payload).await.map(Self::Form),
        }
    }

    /// A text; missing and null count as empty.
    pub fn text(&self, name: &str) -> Result<String, Refusal> {
        match self {
            Self::Form(fields) => Ok(go_text(fields.first(name).unwrap_or_default()).into_owned()),
            Self::Json(object) => last(object, name, String::new(), |value| value.as_str().map(str::to_owned)),
        }
    }

    /// A whole number of 64 bits; missing, null and (in a form) empty count as 0.
    pub fn integer(&self, name: &str) -> Result<i64, Refusal> {
        match self {
            Self::Form(fields) => match fields.first(name) {
                None | Some([]) => Ok(0),
                Some(text) => go_text(text).parse().map_err(|_| Refusal::Unbound),
            },
            Self::Json(object) => last(object, name, 0, |value| match value {
                Json::Number(number) => number.parse().ok(),
                _ => None,
            }),
        }
    }

    /// A number that is not negative; one beyond what accounts have is nobody's, as 0 is.
    pub fn id(&self, name: &str) -> Result<i64, Refusal> {
        let unsigned = match self {
            Self::Form(fields) => match fields.first(name) {
                None | Some([]) => 0,
                Some([b'+', ..]) => return Err(Refusal::Unbound),
                Some(text) => go_text(text).parse::<u64>().map_err(|_| Refusal::Unbound)?,
            },
            Self::Json(object) => last(object, name, 0, |value| match value {
                Json::Number(number) => number.parse::<u64>().ok(),
                _ => None,
            })?,
        };
        Ok(i64::try_from(unsigned).unwrap_or(0))
    }
}

fn json_members(body: &[u8]) -> Result<JsonObject, Refusal> {
    match parse_object(body, JsonRules::GO) {
        Err(NotAnObject::Other(Json::Null)) => Ok(JsonObject::default()),
        object => object.map_err(|_| Refusal::Unbound),
    }
}

/// The fields of a body and behind them those of the query string, of which the first of a name counts. Parts of a
/// multipart body whose type is not written as gin compares it come last.
async fn form_members(request: &HttpRequest, payload: web::Payload) -> Result<Fields, Refusal> {
    let kind = media_type(request.headers());
    if kind == MULTIPART {
        let parts = parts(request, payload).await?;
        let mut fields = query_of(request)?;
        fields.append(parts);
        return Ok(fields);
    }
    let body = read_body(request, payload, BOUNDS).await?;
    let CheckedFields { mut fields, all_sound } = checked(&body)?;
    if !all_sound {
        if kind == FORM {
            return Err(Refusal::Unbound);
        }
        // It never said that it was a form.
        fields = Fields::default();
    }
    fields.append(query_of(request)?);
    Ok(fields)
}

async fn parts(request: &HttpRequest, payload: web::Payload) -> Result<Fields, Refusal> {
    read_text_fields(request, payload, BOUNDS, FIELDS, Reading::Go).await.map_err(|_| Refusal::Unbound)
}

fn query_of(request: &HttpRequest) -> Result<Fields, Refusal> {
    let CheckedFields { fields, all_sound } = checked(request.query_string().as_bytes())?;
    if all_sound { Ok(fields) } else { Err(Refusal::Unbound) }
}

fn checked(text: &[u8]) -> Result<CheckedFields, Refusal> {
    Fields::parse_checked(text, FIELDS).map_err(|_| Refusal::Unbound)
}

/// The media type as it was written, up to a blank or a parameter.
fn exact_media_type(headers: &HeaderMap) -> &[u8] {
    let written = headers.get(CONTENT_TYPE).map_or(&[][..], |value| value.as_bytes());
    written.split(|byte| matches!(byte, b' ' | b';')).next().unwrap_or_default()
}

/// The last member that has the name whatever its case (section 7.1), a `null` leaving what was before it; all of them must
/// have the right type.
fn last<T>(object: &JsonObject, name: &str, absent: T, read: impl Fn(&Json) -> Option<T>) -> Result<T, Refusal> {
    let mut found = absent;
    for (_, value) in object.iter().filter(|(member, _)| is_spelling_of(name, member)) {
        if *value != Json::Null {
            found = read(value).ok_or(Refusal::Unbound)?;
        }
    }
    Ok(found)
}

/// Whether a member's name is this one for Go, which folds the long s and the Kelvin sign as well.
fn is_spelling_of(name: &str, member: &str) -> bool {
    let folded = |letter: char| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    };
    name.chars().map(folded).eq(member.chars().map(folded))
}

/// A query string; of several values of one name the first counts.
pub struct Query(Fields);

impl Query {
    /// That of a request. For the spelling `/search&keyword=…` of the document (D3) the part of the path behind the first
    /// `&` is one too.
    pub fn of(request: &HttpRequest) -> Self {
        let in_path = request.uri().path().split_once('&').map(|(_, query)| query);
        let text = [in_path, request.uri().query()].into_iter().flatten().collect::<Vec<_>>().join("&");
        // Pairs that Go cannot read are left out; more than anybody sends are none at all.
        Self(Fields::parse_checked(text.as_bytes(), FIELDS).unwrap_or_default().fields)
    }

    /// A value, if the name is there.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.first(name).map(go_text)
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
    use actix_web::{FromRequest, test::TestRequest};

    use super::*;

    fn json(text: &str) -> Members {
        Members::Json(parse_object(text.as_bytes(), JsonRules::GO).unwrap())
    }

    #[test]
    fn members_match_whatever_their_case_and_the_last_wins() {
        assert_eq!(json(r#"{"EMAIL":"a"}"#).text("Email").unwrap(), "a");
        assert_eq!(json(r#"{"email":"a","eMail":"b"}"#).text("Email").unwrap(), "b");
        assert_eq!(json(r#"{"email":"a","EMAIL":"b","email":"c"}"#).text("Email").unwrap(), "c");
        assert_eq!(json(r#"{"email":"a","Email":null}"#).text("Email").unwrap(), "a");
        assert_eq!(json(r#"{"email":null,"x":5,"X":null}"#).integer("X").unwrap(), 5);
        assert_eq!(json(r#"{"\u017fign":"a"}"#).text("Sign").unwrap(), "a");
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
        let signs = Members::Form(Fields::parse(b"X=%2b5&ID=%2b5&Sign=%e4%b8", FIELDS).unwrap());
        assert_eq!((signs.integer("X"), signs.id("ID")), (Ok(5), Err(Refusal::Unbound)));
        assert_eq!(signs.text("Sign").unwrap(), "\u{fffd}\u{fffd}");
    }

    async fn read(uri: &str, kind: &str, body: &'static str) -> Result<String, Refusal> {
        let request = TestRequest::with_uri(uri).insert_header(("content-type", kind)).set_payload(body);
        let (request, mut payload) = request.to_http_parts();
        let payload = web::Payload::from_request(&request, &mut payload).await.unwrap();
        Members::read(&request, payload).await?.text("Email")
    }

    #[actix_web::test]
    async fn bodies_and_query_strings_merge_as_gin_merges_them() {
        const JSON_BODY: &str = r#"{"email":"body","x":"%zz;"}"#;
        const PARTS: &str = "--b\r\nContent-Disposition: form-data; name=\"Email\"\r\n\r\nbody\r\n--b--\r\n";
        let (json, form, parts) =
            ("application/json", "application/x-www-form-urlencoded", "multipart/form-data;boundary=b");
        for (uri, kind, body, email) in [
            ("/?Email=query", json, JSON_BODY, Ok("body")),
            ("/?a;b", "application/json; charset=x", JSON_BODY, Ok("body")),
            ("/?Email=query", "APPLICATION/JSON", JSON_BODY, Ok("query")),
            ("/", "Application/json", JSON_BODY, Ok("")),
            ("/", "application/vnd.api+json", JSON_BODY, Ok("")),
            ("/?Email=query", form, "Email=body", Ok("body")),
            ("/?Email=query", form, "email=body", Ok("query")),
            ("/?Email=query", "", "", Ok("query")),
            ("/", "", "Email=body", Ok("body")),
            ("/", form, "Email=body&x=%zz", Err(Refusal::Unbound)),
            ("/", form, "Email=body;x=1", Err(Refusal::Unbound)),
            ("/?x=%4", form, "Email=body", Err(Refusal::Unbound)),
            ("/?Email=query", parts, PARTS, Ok("body")),
            ("/?Email=query", "multipart/form-data;boundary=c", PARTS, Err(Refusal::Unbound)),
            ("/?a;b", parts, PARTS, Err(Refusal::Unbound)),
            ("/?Email=query", "Multipart/form-data; boundary=b", PARTS, Ok("query")),
            ("/", "Multipart/form-data; boundary=b", PARTS, Ok("body")),
            ("/", "multipart/form-data; boundary=:b", PARTS, Err(Refusal::Unbound)),
        ] {
            assert_eq!(read(uri, kind, body).await, email.map(str::to_owned), "{uri} {kind} {body}");
        }
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
        assert_eq!((of("/x?email=a%zz").text("email"), of("/x?page=2;page=3").number("page", 1)), (None, 1));
    }
}
