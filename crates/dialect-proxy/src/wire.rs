//! Requests and answers. Members of answers are declared in sorted order, as the old server wrote them.

use actix_web::{HttpRequest, web};
use dragoman_accounts::Role;
use dragoman_dialect::{
    body::{BodyBounds, read_body},
    headers::{is_json_or_suffix, media_type},
    json::{Json, JsonObject, JsonRules, parse_object, python_number},
};
use serde::Serialize;
use std::time::Duration;

use crate::error::Refusal;

const BOUNDS: BodyBounds = BodyBounds { bytes: 1024 * 1024, time: Duration::from_secs(30) };

/// `{"data": …}`
#[derive(Serialize)]
pub struct Data<T> {
    pub data: T,
}

/// `{"message": …}`
#[derive(Serialize)]
pub struct Message<T> {
    pub message: T,
}

/// `{"error": …}`
#[derive(Serialize)]
pub struct GuardError {
    pub error: &'static str,
}

/// The answer of `/login`.
#[derive(Serialize)]
pub struct Token {
    #[serde(rename = "Authorization")]
    pub authorization: String,
}

/// The answer of `/about`.
#[derive(Serialize)]
pub struct Profile<'a> {
    pub avatar: &'a str,
    pub description: Option<&'a str>,
    pub permission: &'static [&'static str],
    pub role: &'static str,
    pub username: &'a str,
}

/// A row of `/userlist` and `/adminlist`.
#[derive(Serialize)]
pub struct ListedUser<'a> {
    pub createtime: Option<String>,
    pub id: i64,
    pub permission: &'static [&'static str],
    pub role: &'static str,
    /// `true` means locked.
    pub status: bool,
    pub username: &'a str,
}

/// How a role is called.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::SuperAdministrator => "超级管理员",
        Role::Administrator => "管理员",
        Role::User => "普通用户",
    }
}

/// What a role is said to be allowed; constants of the old program.
pub fn permissions(role: Role) -> &'static [&'static str] {
    match role {
        Role::SuperAdministrator => &["添加", "改", "查", "删"],
        Role::Administrator => &["添加", "改", "查"],
        Role::User => &["改"],
    }
}

/// The members of a request's JSON object.
pub struct Fields(JsonObject);

impl Fields {
    /// Reads a request's body (1.1, 1.7).
    pub async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Self, Refusal> {
        let body = read_body(request, payload, BOUNDS).await?;
        if !is_json_or_suffix(&media_type(request.headers())) {
            return Err(Refusal::BAD_BODY);
        }
        parse_object(&body, JsonRules::PYTHON).map(Self).map_err(|_| Refusal::BAD_BODY)
    }

    /// A member that is not absent in the sense of 1.1.
    fn present(&self, name: &str) -> Option<&Json> {
        self.0.get(name).filter(|value| is_true(value))
    }

    /// A text field; anything that is no text is absent (D6).
    pub fn text(&self, name: &str) -> Option<&str> {
        self.present(name)?.as_str()
    }

    /// `username`, for which a number stands for its decimal text (D6).
    pub fn username(&self) -> Option<String> {
        match self.present("username")? {
            Json::Text(name) => Some(name.clone()),
            Json::Number(number) => Some(python_number(number).into_owned()),
            Json::Null | Json::Bool(_) | Json::BrokenText | Json::Array(_) | Json::Object(_) => None,
        }
    }

    /// `userlock` of `/lock`, by truth value; `None` for the empty text (row 1).
    pub fn userlock(&self) -> Option<bool> {
        match self.0.get("userlock") {
            Some(Json::Text(text)) if text.is_empty() => None,
            Some(value) => Some(is_true(value)),
            None => Some(false),
        }
    }

    /// `description`: stored as given, missing and null as null, numbers and booleans as text; `None` for what cannot be.
    pub fn description(&self) -> Option<Option<String>> {
        match self.0.get("description") {
            None | Some(Json::Null) => Some(None),
            Some(Json::Text(text)) => Some(Some(text.clone())),
            // The old database had no such numbers.
            Some(Json::Number(number)) if !is_finite(number) => None,
            Some(Json::Number(number)) => Some(Some(python_number(number).into_owned())),
            Some(Json::Bool(value)) => Some(Some(if *value { "1" } else { "0" }.to_owned())),
            Some(Json::BrokenText | Json::Array(_) | Json::Object(_)) => None,
        }
    }

    /// `usertype` of `/adduser`; `None` if it is absent.
    pub fn usertype(&self) -> Option<UserType> {
        let kind = match self.present("usertype")? {
            Json::Text(text) => text.trim().parse().ok(),
            Json::Number(number) => whole(&python_number(number)),
            Json::Bool(_) => Some(1),
            Json::Null | Json::BrokenText | Json::Array(_) | Json::Object(_) => None,
        };
        Some(match kind {
            Some(1) => UserType::Role(Role::SuperAdministrator),
            Some(2) => UserType::Role(Role::Administrator),
            Some(3) => UserType::Role(Role::User),
            Some(_) | None => UserType::NoRole,
        })
    }
}

/// What `usertype` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserType {
    Role(Role),
    NoRole,
}

/// `3` and `3.0` are whole (section 11); for a number as Python writes it.
pub fn whole(number: &str) -> Option<i64> {
    number.strip_suffix(".0").unwrap_or(number).parse().ok()
}

/// Whether a number is neither `NaN` nor beyond what a float holds.
fn is_finite(number: &str) -> bool {
    number.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Python's truth: zero, empty and null are false.
fn is_true(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Number(number) => number.parse::<f64>().ok() != Some(0.0),
        Json::BrokenText => true,
        Json::Text(text) => !text.is_empty(),
        Json::Array(elements) => !elements.is_empty(),
        Json::Object(members) => !members.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields {
        Fields(parse_object(json.as_bytes(), JsonRules::PYTHON).unwrap())
    }

    #[test]
    fn absent_is_what_python_calls_false() {
        for absent in ["null", "\"\"", "0", "0.0", "false", "[]", "{}"] {
            let fields = fields(&format!("{{\"username\":{absent},\"password\":{absent},\"usertype\":{absent}}}"));
            assert_eq!((fields.username(), fields.text("password"), fields.usertype()), (None, None, None), "{absent}");
        }
        assert_eq!(fields("{\"password\":\"  \"}").text("password"), Some("  "));
        assert_eq!(fields("{\"password\":1}").text("password"), None);
    }

    #[test]
    fn a_number_as_name_is_its_text() {
        let name = |number: &str| fields(&format!("{{\"username\":{number}}}")).username();
        assert_eq!(name("1.5").as_deref(), Some("1.5"));
        assert_eq!(name("1e2").as_deref(), Some("100.0"));
        assert_eq!(name("3").as_deref(), Some("3"));
        assert_eq!(name("true"), None);
        assert_eq!(name("[\"x\"]"), None);
    }

    #[test]
    fn usertypes() {
        let of = |json: &str| fields(&format!("{{\"usertype\":{json}}}")).usertype();
        for user in ["\" 3 \"", "3", "3.0", "\"3\""] {
            assert_eq!(of(user), Some(UserType::Role(Role::User)), "{user}");
        }
        for none in ["\"2.0\"", "2.5", "\"abc\"", "\"0\"", "\"4\"", "[2]", "{\"a\":1}", "99"] {
            assert_eq!(of(none), Some(UserType::NoRole), "{none}");
        }
        assert_eq!(of("true"), Some(UserType::Role(Role::SuperAdministrator)));
    }

    #[test]
    fn userlock_is_taken_by_truth_value() {
        let of = |json: &str| fields(&format!("{{\"userlock\":{json}}}")).userlock();
        for unlocks in ["false", "0", "0.0", "null", "[]", "{}"] {
            assert_eq!(of(unlocks), Some(false), "{unlocks}");
        }
        for locks in ["true", "1", "\"false\"", "\"0\"", "[0]"] {
            assert_eq!(of(locks), Some(true), "{locks}");
        }
        assert_eq!(of("\"\""), None);
        assert_eq!(fields("{}").userlock(), Some(false), "D12");
    }

    #[test]
    fn descriptions_are_stored_as_text() {
        let of = |json: &str| fields(&format!("{{\"description\":{json}}}")).description();
        assert_eq!(of("42"), Some(Some("42".to_owned())));
        assert_eq!(of("true"), Some(Some("1".to_owned())));
        assert_eq!(of("\"\""), Some(Some(String::new())));
        assert_eq!(of("null"), Some(None));
        assert_eq!(of("[1]"), None);
    }
}
